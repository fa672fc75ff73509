"""The domain's closed sets as GraphQL enums, each value described."""

from enum import Enum, StrEnum
from typing import Any

import strawberry

from app import enums


def expose(enum: type[Enum], description: str, values: dict[str, str]) -> None:
    """Make an enum of the domain a GraphQL enum; every value must be described. Raises TypeError where one is not."""
    if set(values) != {member.name for member in enum}:
        raise TypeError(f"{enum.__name__}: describe exactly its values")
    definition: Any = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]


def in_words(enum: type[StrEnum]) -> dict[str, str]:
    """Descriptions for an enum whose names say everything: PACKAGE_PUBLISHED is `Package published.`"""
    return {member.name: member.name.replace("_", " ").capitalize() + "." for member in enum}


expose(
    enums.UserKind,
    "Whether an account belongs to a person or to a machine.",
    {"PERSON": "A human being.", "SERVICE": "A program, such as a CI job."},
)
expose(
    enums.OrganizationRole,
    "A member's standing in an organization.",
    {
        "OWNER": "Does everything, and decides who else is an owner.",
        "ADMIN": "Manages members, projects and packages.",
        "MEMBER": "Publishes packages.",
        "VIEWER": "Reads.",
    },
)
expose(
    enums.ProjectRole,
    "A member's standing in a project.",
    {"ADMIN": "Manages the project and its members.", "EDITOR": "Changes what is in it.", "VIEWER": "Reads."},
)
expose(
    enums.PackageKind,
    "What a package holds.",
    {"MODEL": "A trained model.", "DATASET": "A data set.", "CODE": "Source code."},
)
expose(
    enums.Visibility,
    "Who may see a package.",
    {
        "PUBLIC": "Everyone.",
        "ORGANIZATION": "Members of its organization.",
        "PROJECT": "Members of its project, and owners and admins of its organization.",
    },
)
expose(
    enums.PackageStatus,
    "Where a package stands.",
    {
        "PENDING": "Still being inspected.",
        "READY": "Inspected and scanned clean, or released by an administrator.",
        "QUARANTINED": "Held back by a critical scan finding: it can be read about, not downloaded, until released.",
    },
)
expose(
    enums.PackageComponent,
    "The part of a package a file belongs to.",
    {
        "WEIGHTS": "Parameters, and what is needed to load them.",
        "DATASETS": "Data.",
        "CODE": "Source code and notebooks.",
        "DOCUMENTATION": "Readme, licence and other prose.",
        "OTHER": "Anything else.",
    },
)
expose(
    enums.RelationshipType,
    "How a child package descends from its parent.",
    {
        "FINE_TUNED_FROM": "Trained further from the parent's weights.",
        "TRAINED_ON": "Trained on the parent, a data set.",
        "EVALUATED_ON": "Measured on the parent, a data set.",
        "QUANTIZED_FROM": "The parent's weights in fewer bits.",
        "DISTILLED_FROM": "Trained to imitate the parent.",
        "MERGED_FROM": "Merged from the parent and others.",
        "ADAPTER_OF": "An adapter to be loaded on top of the parent.",
        "DERIVED_FROM": "Made from the parent in some other way.",
        "USES_CODE": "Runs or was trained with the parent's code.",
    },
)
expose(
    enums.ScanSeverity,
    "How grave a scan finding is.",
    {
        "INFO": "Worth knowing.",
        "WARNING": "Suspicious; look before you load.",
        "CRITICAL": "Would run code of the package's choosing; quarantines the package.",
    },
)
expose(
    enums.ApiKeyScope,
    "What an API key may do of what its account may.",
    {
        "SEARCH": "View and search.",
        "UPLOAD": "Publish packages.",
        "DOWNLOAD": "Download packages.",
        "RATE": "Rate packages.",
        "ADMIN": "Act as the administrator that the account is.",
    },
)
expose(
    enums.TimeBucket,
    "The spans of time, in UTC, that a series is counted in.",
    {"HOUR": "An hour.", "DAY": "A day.", "WEEK": "A week, from Monday.", "MONTH": "A calendar month."},
)
expose(enums.EventType, "What happened.", in_words(enums.EventType))
expose(enums.EntityType, "What an event is about.", in_words(enums.EntityType))


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    """Upwards or downwards; nulls come last in both."""

    ASC = strawberry.enum_value("ASC", description="Smallest first.")
    DESC = strawberry.enum_value("DESC", description="Largest first.")
