"""The demo's six supply chains, act by act. Their quantities balance; what is lost is said to be lost."""

from __future__ import annotations

from dataclasses import dataclass

from trace.demo.story import Story
from trace.domain.commands import Basis, Commitment

PALLETS = ("https://id.gs1.org/00/095200000000000011", "https://id.gs1.org/00/095200000000000028")
LORRY_LOAD = "https://id.gs1.org/00/095200000000000035"


@dataclass(frozen=True)
class Code:
    """A batch worth scanning, and what to call it."""

    uri: str
    title: str


def pomelo(story: Story) -> list[Code]:
    """Farm, sorting and packing, wholesale; then a market stall, a supermarket and a school."""
    at = story.at
    orchard = story.register(
        "F1",
        "pomelo",
        "12000 KGM",
        at(40, "08:00"),
        lot="PX-07",
        origin="平和县小溪镇 地块 PX-07",
        papers=[("cert", "承诺达标合格证 PX-07")],
        commitment=Commitment((Basis.QUALITY_CONTROL, Basis.ENTRUSTED_TEST), at(40, "08:00").date()),
        note="停药间隔已满 21 天",
    )
    story.observe(
        "L1",
        [orchard],
        at(40, "15:30"),
        "毒死蜱、丙溴磷、联苯菊酯 3 项",
        papers=[("testres", "L1-20261012-031")],
        result="fine",
    )
    packed, _second = story.transform(
        "F1",
        [(orchard, "12000 KGM")],
        [
            {
                "product": "pomelo",
                "amount": "11640 KGM",
                "lot": "PX-07-A",
                "origin": "平和县小溪镇",
                "commitment": Commitment((Basis.ENTRUSTED_TEST,), at(39, "10:00").date()),
            },
            {"product": "pomelo_second", "amount": "360 KGM", "lot": "PX-07-B"},
        ],
        at(39, "10:00"),
        process="分选装箱 1,164 箱",
    )
    story.deliver("F1>W1-S17", [(packed, "500 CS")], at(39, "22:10"), at(38, "02:40"), vehicle="闽E示例")
    story.observe("W1", [packed], at(38, "02:45"), "承诺达标合格证已查；快检抑制率 6.2%", result="fine")
    story.deliver("F1>R1", [(packed, "400 CS")], at(38, "05:00"), at(38, "09:20"))
    story.deliver("W1-S17>R2-A12", [(packed, "200 KGM")], at(38, "04:30"), at(38, "05:50"))
    story.deliver("W1-S17>C1", [(packed, "300 KGM")], at(38, "05:00"), at(38, "06:30"), received="双人验收")
    story.take_out("R2-A12", "sell", [(packed, "186 KGM")], at(37, "19:00"), note="62 单")
    story.take_out("R2-A12", "destroy", [(packed, "4 KGM")], at(37, "19:05"), reason="损耗")
    return [Code(packed, "平和琯溪蜜柚 · 从果园到菜市场摊位")]


def pork(story: Story) -> list[Code]:
    """Pig farm, slaughterhouse with quarantine, wholesale; then a stall and a school canteen."""
    at = story.at
    pigs = story.register(
        "F3",
        "pig",
        "80 HEA",
        at(3, "18:00"),
        lot="F3-80",
        origin="诏安县",
        papers=[("cert", "动物检疫合格证明（动物B）示例 3506-0001234")],
        note="活重 9,600 kg；耳标 80",
    )
    story.deliver("F3>S1", [(pigs, "80 HEA")], at(3, "20:00"), at(3, "23:10"))
    story.observe("S1", [pigs], at(3, "23:15"), "查验检疫证；车辆备案；瘦肉精尿检 5% 抽检阴性")
    (meat,) = story.transform(
        "S1",
        [(pigs, "80 HEA")],
        [{"product": "pork", "amount": "6873 KGM", "lot": "S1-1119"}],
        at(2, "03:30"),
        process="屠宰 79 头 158 片",
        note="1 头不合格 87 kg 无害化处理；出肉率 72.5%",
    )
    story.observe(
        "S1",
        [meat],
        at(2, "04:00"),
        "动物检疫合格证明（产品B）、肉品品质检验合格证；非洲猪瘟 PCR 阴性",
        papers=[("cert", "产品B 示例 3506-0005678")],
    )
    story.deliver("S1>W1-S88", [(meat, "4263 KGM")], at(2, "04:20"), at(2, "05:00"))
    story.deliver("S1>R1", [(meat, "2610 KGM")], at(2, "04:30"), at(2, "06:10"))
    story.deliver("W1-S88>R2-B03", [(meat, "87 KGM")], at(2, "05:10"), at(2, "05:40"))
    story.deliver("W1-S88>D1", [(meat, "120 KGM")], at(2, "05:20"), at(2, "05:50"))
    story.deliver(
        "D1>C1", [(meat, "60 KGM")], at(2, "06:00"), at(2, "06:40"), received="到货中心温度 3.6C；双人验收"
    )
    story.take_out(
        "C1",
        "serve",
        [(meat, "58.5 KGM")],
        at(2, "09:30"),
        note="土豆烧肉；留样 130 g，冷藏至后天 12:00 以后",
    )
    return [Code(meat, "猪肉 · 从猪场到学校食堂")]


def beef(story: Story) -> list[Code]:
    """Import, supervised warehouse on pallets, cold store, repacked by a supermarket."""
    at = story.at
    container = story.register(
        "I1",
        "beef",
        "1080 CS",
        at(79, "10:00"),
        lot="BF2609",
        origin="进口",
        papers=[("bol", "柜号 示例U1234567"), ("cert", "入境货物检验检疫证明 示例")],
    )
    story.deliver("I1>K1", [(container, "1080 CS")], at(79, "14:00"), at(78, "09:00"))
    story.observe("K1", [container], at(77, "09:00"), "首站赋码 1,080 箱；出仓证明")
    story.pack("K1", PALLETS[0], at(77, "09:30"), lines=[(container, "300 CS")])
    story.pack("K1", PALLETS[1], at(77, "09:40"), lines=[(container, "300 CS")])
    story.pack("K1", LORRY_LOAD, at(77, "09:50"), containers=list(PALLETS))
    story.deliver(
        "K1>K2",
        [],
        at(77, "10:00"),
        at(77, "13:30"),
        containers=[LORRY_LOAD],
        received="车温均值 -19.1C，最高 -16.8C 12 分钟（告警）",
    )
    story.unpack("K2", LORRY_LOAD, at(77, "14:00"))
    story.unpack("K2", PALLETS[0], at(77, "14:10"))
    story.deliver("K2>R1", [(container, "40 CS")], at(32, "07:00"), at(32, "09:00"))
    (packs,) = story.transform(
        "R1",
        [(container, "40 CS")],
        [{"product": "beef_pack", "amount": "1960 XBX"}],
        at(32, "14:00"),
        loss="20 KGM",
        process="分割包装 500 g/盒",
    )
    return [Code(packs, "冷冻牛肉 · 进口到超市分装")]


def tea(story: Story) -> list[Code]:
    """Forty growers' leaf through a co-operative, made and packed by a tea house."""
    at = story.at
    leaf = story.register(
        "F5",
        "tea_leaf",
        "4500 KGM",
        at(47, "17:00"),
        lot="CQ-1002",
        origin="安溪县西坪镇",
        note="40 张茶园信息卡收购",
    )
    story.deliver("F5>M2", [(leaf, "4500 KGM")], at(47, "18:00"), at(47, "19:20"))
    (raw,) = story.transform(
        "M2",
        [(leaf, "4500 KGM")],
        [{"product": "tea_raw", "amount": "1000 KGM", "lot": "MC-1005"}],
        at(46, "16:00"),
        loss="3500 KGM",
        process="初制 4.5:1",
    )
    (cans,) = story.transform(
        "M2",
        [(raw, "850 KGM")],
        [{"product": "tieguanyin", "amount": "3400 XCA", "lot": "TGY261018"}],
        at(34, "10:00"),
        process="精制装罐",
        note="可领标上限 3,400",
    )
    story.deliver("M2>R1", [(cans, "200 XCA")], at(30, "08:00"), at(29, "09:00"))
    story.take_out("R1", "sell", [(cans, "36 XCA")], at(20, "20:00"))
    return [Code(cans, "安溪铁观音 · 从茶园到罐")]


def croaker(story: Story) -> list[Code]:
    """Sea cages, a test of each batch, the trade centre and a freezer."""
    at = story.at
    fish = story.register(
        "F4",
        "croaker",
        "5000 KGM",
        at(11, "14:00"),
        lot="C031-036",
        origin="宁德市蕉城区三都镇 网箱 C-031..036",
        note="休药期满",
    )
    story.observe(
        "L1",
        [fish],
        at(11, "16:00"),
        "恩诺沙星、孔雀石绿、氯霉素等 9 项",
        papers=[("testres", "L1-20261110-009")],
        result="fine",
    )
    story.deliver(
        "F4>W2", [(fish, "3000 KGM")], at(10, "00:30"), at(10, "03:10"), received="300 箱；一夜到福州"
    )
    story.deliver("F4>M1", [(fish, "2000 KGM")], at(10, "01:00"), at(10, "02:00"))
    (frozen,) = story.transform(
        "M1",
        [(fish, "2000 KGM")],
        [{"product": "croaker_frozen", "amount": "4200 XBG", "lot": "DHY261111"}],
        at(10, "14:00"),
        loss="110 KGM",
        process="条冻 450 g",
    )
    return [Code(frozen, "大黄鱼（条冻）· 从网箱到冷冻"), Code(fish, "大黄鱼（冰鲜）· 已过保质期")]


def canteen_day(story: Story) -> list[Code]:
    """One school day: what came into the kitchen in the morning and on to the plates at noon."""
    at = story.at
    rice = story.register(
        "D1", "rice", "2000 KGM", at(20, "09:00"), lot="DM2610", origin="黑龙江省；上游未接入"
    )
    milk = story.register("D1", "milk", "200 CS", at(20, "09:30"), lot="NN2610", origin="福建省；上游未接入")
    greens = story.register(
        "F8",
        "bokchoy",
        "600 KGM",
        at(3, "16:00"),
        lot="SHQ-18",
        origin="漳州市龙文区",
        papers=[("cert", "承诺达标合格证 SHQ-18")],
    )
    tofu = story.register("M4", "tofu", "300 KGM", at(2, "03:00"), lot="LDF-19")
    story.deliver("F8>D1", [(greens, "300 KGM")], at(3, "19:00"), at(3, "20:10"))
    story.deliver("D1>C1", [(rice, "12 XBG")], at(2, "05:40"), at(2, "06:20"))
    story.deliver("D1>C1", [(greens, "140 KGM")], at(2, "05:40"), at(2, "06:30"), received="快检抑制率 4.8%")
    story.deliver("M4>C1", [(tofu, "60 KGM")], at(2, "06:00"), at(2, "06:35"))
    story.deliver("D1>C1", [(milk, "78 CS")], at(2, "05:40"), at(2, "06:45"))
    served = [(rice, "290 KGM"), (greens, "138 KGM"), (tofu, "60 KGM"), (milk, "1850 XBX")]
    story.take_out("C1", "serve", served, at(2, "11:00"), note="午餐 5 菜，1,850 人")
    story.observe(
        "C1",
        [rice, greens, tofu],
        at(2, "11:10"),
        "留样 5 份，每份不少于 125 g，48 h；留样人+审核人",
        step="sampling",
    )
    return [Code(greens, "上海青 · 学校午餐的一天")]


CHAINS = (pomelo, pork, beef, tea, croaker, canteen_day)
