"""Objects in an S3 bucket, through boto3 in a bounded number of threads."""

import asyncio
import hashlib
import io
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import CancelledError
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from app.storage.object_store import (
    ObjectMissing,
    StorageUnavailable,
    StoredObject,
    checked_key,
    checked_size,
    content_disposition,
    media_type,
)
from app.storage.remote_file import RemoteFile

Result = TypeVar("Result")

PART_BYTES = 8 << 20
_READ_AHEAD_BYTES = 4 << 20
_PARALLEL_PARTS = 4
# Uploads read at the same time; each may hold one part beyond those being sent: 96 MiB at most in all.
_PARALLEL_UPLOADS = 8
_MISSING = {"404", "NoSuchKey", "NotFound"}
_ALREADY_MINE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


class S3Store:
    """An object store in one S3 bucket.

    Links are presigned for `public_endpoint_url` where given: the name under which clients reach the same server.
    At most `max_connections` requests run at a time, and as many connections are kept.
    """

    def __init__(
        self,
        bucket: str,
        *,
        region: str,
        endpoint_url: str | None,
        public_endpoint_url: str | None,
        access_key_id: str | None,
        secret_access_key: str | None,
        max_connections: int,
    ) -> None:
        self.bucket: str | None = bucket
        self._bucket = bucket
        self._region = region
        make_client = partial(
            boto3.session.Session().client,
            "s3",
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
        )
        transfers = max(1, min(_PARALLEL_PARTS, max_connections // 2))
        config = _client_config(endpoint_url, max_pool_connections=max_connections)
        self.client = make_client(endpoint_url=endpoint_url, config=config)
        # A probe must fail sooner than its caller gives up, so it neither waits long nor tries again.
        hasty = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})
        self._probe = make_client(endpoint_url=endpoint_url, config=config.merge(hasty))
        public_url = public_endpoint_url or endpoint_url
        self._presigner = (
            self.client
            if public_url == endpoint_url
            else make_client(endpoint_url=public_url, config=_client_config(public_url))
        )
        self._threads = ThreadPoolExecutor(max(1, max_connections - transfers), thread_name_prefix="s3-store")
        self._transfers = TransferManager(
            self.client,
            TransferConfig(
                multipart_threshold=PART_BYTES,
                multipart_chunksize=PART_BYTES,
                max_request_concurrency=transfers,
                max_in_memory_upload_chunks=transfers,
                max_submission_concurrency=_PARALLEL_UPLOADS,
            ),
        )

    async def start(self) -> None:
        """Create the bucket where it is missing. Raises StorageUnavailable when it cannot be reached or created."""
        try:
            await self._call(self._probe.head_bucket, Bucket=self._bucket)
        except ObjectMissing:
            await self._create_bucket()

    async def close(self) -> None:
        """Cancel uploads under way, and let go of threads and connections."""
        await asyncio.to_thread(self._transfers.shutdown, True)
        await asyncio.to_thread(self._threads.shutdown)
        for client in (self.client, self._probe, self._presigner):
            client.close()

    async def put(self, key: str, file: BinaryIO, size_bytes: int) -> StoredObject:
        """Store the file, in several parts when it is large. See ObjectStore.put."""
        upload = _Upload(file, size_bytes)
        transfer = self._transfers.upload(
            upload, self._bucket, checked_key(key), extra_args={"ContentType": media_type(key)}, subscribers=[upload]
        )
        try:
            await upload.ended.wait()
        except asyncio.CancelledError:
            # Wait for its threads, for the caller is about to close the file; then remove what came through.
            upload.stopped.set()
            transfer.cancel()
            await upload.ended.wait()
            with suppress(StorageUnavailable):
                await self.delete(key)
            raise
        _translating(transfer.result)()
        return StoredObject(key, size_bytes, upload.digest.hexdigest())

    async def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""
        await self._call(self.client.delete_object, Bucket=self._bucket, Key=checked_key(key))

    async def exists(self, key: str) -> bool:
        """Whether there is an object under the key."""
        try:
            await self._call(self.client.head_object, Bucket=self._bucket, Key=checked_key(key))
        except ObjectMissing:
            return False
        return True

    async def open(self, key: str) -> BinaryIO:
        """The object as a file that fetches the ranges read, 4 MiB at a time. Raises ObjectMissing."""
        head = await self._call(self.client.head_object, Bucket=self._bucket, Key=checked_key(key))
        # The ETag makes a read fail, rather than mix two contents, where the object was replaced meanwhile.
        get = partial(self.client.get_object, Bucket=self._bucket, Key=key, IfMatch=head["ETag"])
        return io.BufferedReader(RemoteFile(_translating(get), head["ContentLength"]), _READ_AHEAD_BYTES)

    async def download_url(self, key: str, *, file_name: str, expires_in_seconds: int, base_url: str) -> str:
        """A presigned GET of the object. See ObjectStore.download_url."""
        parameters = {
            "Bucket": self._bucket,
            "Key": checked_key(key),
            "ResponseContentDisposition": content_disposition(file_name),
        }
        sign = self._presigner.generate_presigned_url
        url: str = await self._call(sign, ClientMethod="get_object", Params=parameters, ExpiresIn=expires_in_seconds)
        return url

    async def check(self) -> None:
        """Raise StorageUnavailable when the bucket cannot be reached, within seconds."""
        try:
            await self._call(self._probe.head_bucket, Bucket=self._bucket)
        except ObjectMissing as error:
            raise StorageUnavailable("the S3 bucket does not exist") from error

    async def keys_older_than(self, moment: datetime, *, prefix: str) -> AsyncIterator[str]:
        """The keys under `prefix` of objects stored before `moment`."""
        async for page in self._pages("list_objects_v2", prefix):
            for found in page.get("Contents", []):
                if found["LastModified"] < moment:
                    yield found["Key"]

    async def discard_unfinished(self, moment: datetime, *, prefix: str) -> int:
        """Abort the multipart uploads under `prefix` begun before `moment`; how many."""
        count = 0
        async for page in self._pages("list_multipart_uploads", prefix):
            for found in page.get("Uploads", []):
                if found["Initiated"] < moment:
                    arguments = {"Bucket": self._bucket, "Key": found["Key"], "UploadId": found["UploadId"]}
                    await self._call(self.client.abort_multipart_upload, **arguments)
                    count += 1
        return count

    async def _create_bucket(self) -> None:
        # Amazon refuses its oldest region where it is named, and requires every other one.
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            await self._call(
                self.client.create_bucket, Bucket=self._bucket, **({} if self._region == "us-east-1" else elsewhere)
            )
        except StorageUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in _ALREADY_MINE:
                await self.check()  # another process was faster, or the name is somebody else's
                return
            raise StorageUnavailable(f"the S3 bucket is missing and could not be created: {error}") from cause

    async def _pages(self, operation: str, prefix: str) -> AsyncIterator[dict[str, Any]]:
        pages = iter(self.client.get_paginator(operation).paginate(Bucket=self._bucket, Prefix=prefix))
        while page := await self._call(next, pages, None):
            yield page

    async def _call(self, function: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        call = partial(_translating(function), *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


class _Upload(BaseSubscriber):  # type: ignore[misc]  # boto3 ships no types
    """The file as the transfer manager reads it: once, in order, part by part; and the news that it is done."""

    def __init__(self, file: BinaryIO, size_bytes: int) -> None:
        checked_size(file, size_bytes)
        self._file = file
        self._size_bytes = size_bytes
        self._loop = asyncio.get_running_loop()
        self.digest = hashlib.sha256()
        self.stopped = threading.Event()
        self.ended = asyncio.Event()

    def read(self, amount: int = -1) -> bytes:
        """The next bytes. There is no `seek`, so that the transfer manager never reads anything twice."""
        if self.stopped.is_set():
            raise InterruptedError("stopped")
        data = self._file.read(amount)
        self.digest.update(data)
        return data

    def on_queued(self, future: Any, **_: Any) -> None:
        """Tell the size, by which the manager chooses one request or parts, and their size."""
        future.meta.provide_transfer_size(self._size_bytes)

    def on_done(self, future: Any, **_: Any) -> None:
        """Called in a thread of the manager's when nothing of the transfer runs any more."""
        self._loop.call_soon_threadsafe(self.ended.set)


def _client_config(endpoint_url: str | None, **options: Any) -> Config:
    if endpoint_url is None:
        return Config(signature_version="s3v4", connect_timeout=5, retries={"mode": "standard"}, **options)
    # Other servers than Amazon's rarely answer to a bucket's own host name, and some know no checksum trailers.
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        retries={"mode": "standard"},
        **options,
    )


def _translating(function: Callable[..., Result]) -> Callable[..., Result]:
    """The function, raising this package's errors in place of boto3's."""

    def call(*arguments: Any, **options: Any) -> Result:
        try:
            return function(*arguments, **options)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in _MISSING:
                raise ObjectMissing("there is no such object") from error
            raise StorageUnavailable(f"S3 answered {code}") from error
        except (BotoCoreError, CancelledError) as error:
            raise StorageUnavailable(f"S3 cannot be used: {type(error).__name__}") from error

    return call
