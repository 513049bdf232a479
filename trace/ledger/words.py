"""The verifier's words in English and Chinese; they are here because the package is copied out alone."""

from __future__ import annotations

LOCALES = ("zh", "en")

_WORDS: dict[str, tuple[str, str]] = {
    # results and verdicts
    "holds": ("holds", "成立"),
    "fails": ("FAILS", "不成立"),
    "skipped": ("not asked", "未要求"),
    "not_reached": ("not reached", "未到达"),
    "verdict_holds": ("HOLDS: every step that was taken holds.", "结论：成立。所做的每一步都成立。"),
    "verdict_fails": (
        "DOES NOT HOLD: step {step} fails. Do not rely on anything in this file.",
        "结论：不成立。第 {step} 步不成立，请勿相信本文件的任何内容。",
    ),
    "key_from_file": (
        "Note: the log key came from the file itself. Compare it with the key that the ledger publishes, or "
        "name that one with --vkey.",
        "注意：账本公钥取自本文件自身。请与账本公布的公钥核对，或用 --vkey 指定。",
    ),
    "nothing_remembered": (
        "No earlier checkpoint was given to compare with.",
        "没有给出以前留存的检查点，未作比较。",
    ),
    "party_key_not_given": (
        "The party's key was not given: the record is in the ledger, but who signed it is not judged here.",
        "没有给出签署方的公钥：记录确在账本中，但此处不判断由谁签署。",
    ),
    # steps
    "step_form": ("The file is a bundle in its one strict form.", "文件是证据包，且为唯一的严格格式。"),
    "step_form_receipt": (
        "The file is a receipt in its one strict form.",
        "文件是回执，且为唯一的严格格式。",
    ),
    "step_log_key": (
        "The log key is well formed and the one expected.",
        "账本公钥格式正确，且为所期望的公钥。",
    ),
    "step_checkpoint": (
        "The checkpoint is of this ledger and signed by its log key.",
        "检查点属于本账本，并由账本公钥对应的私钥签名。",
    ),
    "step_remembered": (
        "The checkpoint agrees with the one remembered from before.",
        "检查点与以前留存的检查点一致（账本只增不改）。",
    ),
    "step_entries": (
        "Every entry is well formed; order, times and links between neighbours are right.",
        "每条账目格式正确，次序、时间和相邻链接无误。",
    ),
    "step_entry": ("The entry is well formed and in its place.", "账目格式正确，位置无误。"),
    "step_inclusion": (
        "Every entry shown is in the tree that the checkpoint signs.",
        "所示账目都在检查点签名的账本之中。",
    ),
    "step_statements": (
        "Every statement is the one its entry names, made for this ledger, and said once.",
        "每份声明正是账目所指的那份，为本账本而作，且只出现一次。",
    ),
    "step_statement": (
        "The statement is the one the entry names, made for this ledger.",
        "声明正是账目所指的那份，为本账本而作。",
    ),
    "step_bodies": (
        "Every disclosed content is exactly what was signed.",
        "所公开的内容与签名时完全一致。",
    ),
    "step_keys": (
        "Every signing key was registered for its party before, and not revoked.",
        "每把签名公钥事先已为其主体登记，且未被吊销。",
    ),
    "step_signatures": ("Every statement's signature is its party's.", "每份声明的签名确由其主体作出。"),
    "step_signature": ("The statement's signature is its party's.", "声明的签名确由其主体作出。"),
    "step_batch": ("The events shown are about the batch named.", "所示事件确与所称批次有关。"),
    # facts
    "fact_batch": ("Batch: {batch}", "批次：{batch}"),
    "fact_ledger": (
        "Ledger: {ledger}, {size} entries at the checkpoint",
        "账本：{ledger}，检查点时共 {size} 条",
    ),
    "fact_items": (
        "Shown: {items} entries, {events} of them events",
        "所示账目 {items} 条，其中事件 {events} 条",
    ),
    "fact_times": ("Entered between {first} and {last}", "入账时间：{first} 至 {last}"),
    "fact_entry": ("Entry {index}, entered {time}", "账目第 {index} 条，入账时间 {time}"),
    "fact_statement": ("Statement of {party}, {kind}", "{party} 的声明，类别 {kind}"),
    "fact_key": ("Log key: {key}", "账本公钥：{key}"),
    # reasons: bytes and text
    "not_utf8": ("The bytes are not UTF-8 at position {at}.", "第 {at} 字节处不是 UTF-8。"),
    "not_json": ("The text is not JSON at position {at}.", "第 {at} 字符处不是 JSON。"),
    "duplicate_key": ("The key “{key}” stands twice in one object.", "同一对象中键“{key}”出现两次。"),
    "number_refused": (
        "The number {number} cannot be carried exactly.",
        "数字 {number} 无法精确表示。",
    ),
    "lone_surrogate": ("A text holds half of a surrogate pair.", "文本含有不成对的代理字符。"),
    "too_deep": ("The JSON nests deeper than {limit} levels.", "JSON 嵌套超过 {limit} 层。"),
    "not_canonical": (
        "The bytes are not in the strict form of RFC 8785: something was changed or re-written.",
        "字节不是 RFC 8785 的严格格式：内容被改动或改写过。",
    ),
    "not_encodable": ("JSON has no form for a value of type {type}.", "JSON 无法表示类型 {type} 的值。"),
    "base64_refused": ("“{text}” is not base64 in its one spelling.", "“{text}”不是规范的 base64。"),
    # reasons: tree, notes, tiles
    "proof_refused": (
        "The audit path does not fit entry {index} of {size}.",
        "证明路径与第 {index} 条（共 {size} 条）不符。",
    ),
    "out_of_range": ("The tree of {size} entries has no entry {index}.", "共 {size} 条，没有第 {index} 条。"),
    "frontier_malformed": (
        "The stored edge of the tree has a wrong length of {length} bytes.",
        "所存树边缘长度有误（{length} 字节）。",
    ),
    "weak_key": ("The key {key} is no safe Ed25519 key.", "公钥 {key} 不是安全的 Ed25519 公钥。"),
    "note_malformed": ("The signed note is malformed: {what}", "签名文本格式有误：{what}"),
    "note_key_malformed": ("The log key “{key}” is malformed.", "账本公钥“{key}”格式有误。"),
    "note_unsigned": (
        "No trusted key has signed; the note names: {names}",
        "没有可信公钥的签名；其签名者为：{names}",
    ),
    "note_signature_invalid": ("The signature of {name} is wrong.", "{name} 的签名不成立。"),
    "checkpoint_malformed": ("The checkpoint is malformed: {what}", "检查点格式有误：{what}"),
    "origin_mismatch": (
        "The checkpoint is of {origin}, but the key is {name}'s.",
        "检查点属于 {origin}，而公钥属于 {name}。",
    ),
    "tile_path_refused": ("“{path}” is no path of a tile.", "“{path}”不是合法的数据块路径。"),
    "tile_malformed": (
        "A tile of {length} bytes has not its promised form.",
        "数据块（{length} 字节）格式有误。",
    ),
    "entry_too_long": ("An entry of {length} bytes is too long.", "账目过长（{length} 字节）。"),
    "proof_malformed": ("The proof is malformed: {what}", "证明格式有误：{what}"),
    # reasons: records and chain
    "record_malformed": ("A {record} is malformed in “{field}”.", "记录（{record}）的“{field}”格式有误。"),
    "entry_index_wrong": (
        "At place {index} stands entry {found}: something was left out, put in or moved.",
        "第 {index} 位上是第 {found} 条：有账目被删除、插入或移动。",
    ),
    "entry_prev_wrong": (
        "Entry {index} names {found} before it, which is {expected}: one of the two was changed.",
        "第 {index} 条所记前一条哈希为 {found}，实为 {expected}：两者之一被改动。",
    ),
    "entry_time_backwards": (
        "Entry {index} is dated {found}, before its predecessor's {before}.",
        "第 {index} 条的时间 {found} 早于前一条的 {before}。",
    ),
    "entry_statement_wrong": (
        "The statement of entry {index} does not have the hash {expected}: it was changed or exchanged.",
        "第 {index} 条的声明哈希不是 {expected}：声明被改动或调换。",
    ),
    # reasons: statements, bodies, keys
    "foreign_ledger": (
        "The statement of entry {index} was made for {found}, not for {expected}.",
        "第 {index} 条的声明是为 {found} 而作，不属于 {expected}。",
    ),
    "replayed": (
        "The statement of entry {index} (id {id}) stands in the ledger twice.",
        "第 {index} 条的声明（编号 {id}）在账本中重复出现。",
    ),
    "signature_wrong": (
        "The statement of entry {index} is not signed by key {key} of {party}.",
        "第 {index} 条的声明并非由 {party} 的密钥 {key} 签名。",
    ),
    "body_refused": ("A disclosed content does not hold.", "公开内容不成立。"),
    "body_wrong": (
        "The content “{compartment}” of entry {index} is not what was signed: it was changed.",
        "第 {index} 条的内容“{compartment}”与签名时不符：已被改动。",
    ),
    "body_unknown": (
        "Entry {index} shows a content “{compartment}” that its statement does not have.",
        "第 {index} 条出示了声明中没有的内容“{compartment}”。",
    ),
    "body_malformed": (
        "The content “{compartment}” of entry {index} is no body ({why}).",
        "第 {index} 条的内容“{compartment}”格式有误（{why}）。",
    ),
    "not_opened": (
        "Entry {index} does not open this ledger as entry 0, and it alone, must.",
        "第 {index} 条有误：账本须由第 0 条、且仅由第 0 条开立，并写明本账本及其公钥。",
    ),
    "key_record_malformed": (
        "The key record of entry {index} is malformed in “{field}”, or its content is missing.",
        "第 {index} 条公钥记录的“{field}”格式有误，或内容缺失。",
    ),
    "key_unknown": (
        "Entry {index} relies on key {key}, which nobody registered for {party} before.",
        "第 {index} 条所用公钥 {key} 事先没有为 {party} 登记。",
    ),
    "key_revoked": (
        "Entry {index} relies on key {key} of {party}, which had been revoked.",
        "第 {index} 条所用 {party} 的公钥 {key} 已被吊销。",
    ),
    "key_not_entitled": (
        "In entry {index}, {by} speaks of a key of {party}, which only the operator or {party} may.",
        "第 {index} 条：{by} 无权登记或吊销 {party} 的公钥。",
    ),
    # reasons: the verifier's own
    "bundle_malformed": ("The file is malformed in “{field}”.", "文件的“{field}”格式有误。"),
    "log_key_wrong": (
        "The file is under another log key than the one trusted: {found}",
        "文件所用账本公钥不是所信任的那一把：{found}",
    ),
    "ledger_name_wrong": (
        "The file says ledger {found}, its checkpoint says {expected}.",
        "文件称账本为 {found}，其检查点为 {expected}。",
    ),
    "signature_foreign": (
        "The checkpoint carries {signatures} signatures; a bundle has the log's alone.",
        "检查点带有 {signatures} 个签名；证据包只能有账本自己的签名。",
    ),
    "not_consistent": (
        "The checkpoints of {old} and {new} entries are not shown to be of one ledger that only grew: it was "
        "rolled back, rewritten, or shown with two faces.",
        "{old} 条与 {new} 条的两个检查点不能证明属于同一只增不改的账本："
        "账本被回退、改写，或对人出示两副面孔。",
    ),
    "not_included": (
        "Entry {index} is not in the ledger of {size} entries that the checkpoint signs.",
        "第 {index} 条不在检查点所签名的账本（{size} 条）之中。",
    ),
    "batch_not_named": (
        "No event shown names the batch {batch}.",
        "所示事件都没有提到批次 {batch}。",
    ),
    # the command
    "usage": (
        "Usage: python -m {name} FILE [--vkey KEY] [--lang zh|en]\n"
        "Judges a bundle, or a receipt (--vkey needed). Exit: 0 holds, 1 does not hold, 2 wrong usage.",
        "用法：python -m {name} 文件 [--vkey 公钥] [--lang zh|en]\n"
        "验证证据包或回执；回执须给出 --vkey。退出码：0 成立，1 不成立，2 用法错误。",
    ),
    "unreadable": ("The file cannot be read: {why}", "文件无法读取：{why}"),
}

CODES = frozenset(_WORDS)
"""Every code that has words."""


def text(code: str, locale: str, **params: str) -> str:
    """The sentence for a code in `zh` or `en`, its values put in. Raises KeyError for an unknown code."""
    english, chinese = _WORDS[code]
    return (chinese if locale == "zh" else english).format(**params)
