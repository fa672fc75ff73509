"""What every subject of the API builds on."""

# Before any type: a type that uses an enum which is not described yet would keep it undescribed.
from schema.core import enums as enums
