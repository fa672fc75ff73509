"""Chooses the object store that the settings ask for."""

from app.config import Settings
from app.storage.disk import DiskStore
from app.storage.object_store import ObjectStore
from app.storage.s3 import S3Store
from app.storage.signing import Signer


def make_store(settings: Settings) -> ObjectStore:
    """The S3 bucket where S3_BUCKET names one, else the folder STORAGE_DIR; not started yet."""
    if settings.s3_bucket is None:
        return DiskStore(settings.effective_storage_dir, Signer(settings.secret_keys, "download link"))
    key_id, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    return S3Store(
        settings.s3_bucket,
        region=settings.s3_region,
        endpoint_url=settings.s3_endpoint_url,
        public_endpoint_url=settings.s3_public_endpoint_url,
        access_key_id=key_id.get_secret_value() if key_id else None,
        secret_access_key=secret.get_secret_value() if secret else None,
        max_connections=settings.s3_max_connections,
    )
