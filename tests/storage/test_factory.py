"""Which store the settings ask for."""

import io
from pathlib import Path

from app.config import load_settings
from app.storage.disk import DiskStore
from app.storage.factory import make_store
from app.storage.s3 import S3Store
from tests.s3_server import S3Server


async def test_files_are_kept_in_the_data_folder_by_default(tmp_path: Path) -> None:
    # given
    store = make_store(load_settings(_env_file=None, data_dir=tmp_path / "data"))
    # when
    await store.start()
    await store.put("a", io.BytesIO(b"1"), 1)
    await store.close()
    # then
    assert isinstance(store, DiskStore)
    assert store.bucket is None
    assert (tmp_path / "data" / "storage" / "a").read_bytes() == b"1"


async def test_a_bucket_name_chooses_s3(s3_server: S3Server, tmp_path: Path) -> None:
    # given
    store = make_store(
        load_settings(
            _env_file=None,
            data_dir=tmp_path / "data",
            s3_bucket="chosen-by-settings",
            s3_endpoint_url=s3_server.endpoint_url,
            s3_region="eu-central-1",
            s3_access_key_id=s3_server.access_key_id,
            s3_secret_access_key=s3_server.secret_access_key,
            s3_max_connections=1,
        )
    )
    # when
    await store.start()
    await store.put("a", io.BytesIO(b"1"), 1)
    stored = await store.exists("a")
    await store.close()
    # then
    assert isinstance(store, S3Store)
    assert store.bucket == "chosen-by-settings"
    assert stored
    assert not (tmp_path / "data" / "storage").exists()
