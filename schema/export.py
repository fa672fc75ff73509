"""`python -m schema.export`: write the contract, schema/schema.graphql."""

from pathlib import Path

from strawberry.printer import print_schema

from app.config import load_settings
from schema.root import make_schema

CONTRACT = Path(__file__).parent / "schema.graphql"


def contract() -> str:
    """The schema in SDL, the same on every machine."""
    settings = load_settings(_env_file=None, database_url="sqlite:///unused.db", secret_key="x" * 32)
    return print_schema(make_schema(settings)) + "\n"


if __name__ == "__main__":
    CONTRACT.write_text(contract(), encoding="utf-8")
