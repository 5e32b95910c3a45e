"""boto3's transfers: in parts, with every checksum that it can reckon, down in ranges, copied, tagged, and all versions deleted."""

import io
import os

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

MIB = 1024 * 1024
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
resource = boto3.resource("s3", config=Config(s3={"addressing_style": "path"}))
data = os.urandom(12 * MIB + 1)
parts = TransferConfig(multipart_chunksize=5 * MIB, multipart_threshold=5 * MIB, max_concurrency=4)
ranges = TransferConfig(multipart_chunksize=3 * MIB, multipart_threshold=MIB, max_concurrency=4)
KINDS = {"CRC32": "COMPOSITE", "SHA1": "COMPOSITE", "SHA256": "COMPOSITE"}

for bucket in ("plain", "versioned"):
    s3.create_bucket(Bucket=bucket)
    if bucket == "versioned":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for name, kind in KINDS.items():
        extra = {"ChecksumAlgorithm": name, "Tagging": "a=b&c=d"}
        s3.upload_fileobj(io.BytesIO(data), bucket, "k", ExtraArgs=extra, Config=parts)
        out = io.BytesIO()
        s3.download_fileobj(bucket, "k", out, Config=ranges)
        assert out.getvalue() == data, name
        head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert head["ChecksumType"] == kind and head[f"Checksum{name}"].endswith("-3"), head
        assert len(s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]) == 2
        s3.copy({"Bucket": bucket, "Key": "k"}, bucket, "copy", Config=parts)
        assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data, name
    resource.Bucket(bucket).object_versions.all().delete()
    s3.delete_bucket(Bucket=bucket)
print("done")
