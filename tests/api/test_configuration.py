"""Every setting is documented as it is; change one and this says what the page must hold."""

from __future__ import annotations

from pathlib import Path

from trace.config import SETTINGS, Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "(empty)"
        secret = f" Or from a file: `{setting.name}_FILE`." if setting.secret else ""
        rows.append(f"| `{setting.name}` | {default} | {setting.meaning}{secret} |")
    return "\n".join(rows) + "\n"


def test_a_databases_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql+psycopg://user:password@host/name\n", encoding="utf-8")
    found = Config.from_environment({"TRACE_DATABASE_URL_FILE": str(file)})
    assert found.database_url == "postgresql+psycopg://user:password@host/name"


def test_the_page_holds_the_table_of_settings() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
