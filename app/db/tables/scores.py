"""What the evaluator found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class PackageScore(Base):
    """The newest scores of a package: each metric from 0 to 1, null where evidence is missing."""

    __tablename__ = "package_scores"

    package_id: Mapped[UUID] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True)
    ramp_up_time: Mapped[float | None] = mapped_column()
    bus_factor: Mapped[float | None] = mapped_column()
    performance_claims: Mapped[float | None] = mapped_column()
    license_score: Mapped[float | None] = mapped_column()
    size_score: Mapped[float | None] = mapped_column()
    dataset_quality: Mapped[float | None] = mapped_column()
    dataset_code_linkage: Mapped[float | None] = mapped_column()
    code_quality: Mapped[float | None] = mapped_column()
    reproducibility: Mapped[float | None] = mapped_column()
    reviewedness: Mapped[float | None] = mapped_column()
    treescore: Mapped[float | None] = mapped_column()
    net_score: Mapped[float | None] = mapped_column()
    metrics: Mapped[list[Any]] = mapped_column(
        comment="per metric: name, value, reason, confidence (0 to 1) and latency_ms"
    )
    evaluator_version: Mapped[str] = mapped_column(String(20))
    scored_at: Mapped[datetime] = mapped_column(default=utc_now)
    scoring_latency_ms: Mapped[float] = mapped_column()


Index("ix_package_scores_net_score_package_id", PackageScore.net_score, PackageScore.package_id)
