# Buckets with everything that hangs on them, and objects, as far as configurations commonly go.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

provider "aws" {
  alias             = "west"
  region            = "us-west-2"
  s3_use_path_style = true
}

data "aws_canonical_user_id" "own" {}

# ---- the common bucket: versions, nothing public, encrypted, old things go
resource "aws_s3_bucket" "data" {
  bucket        = "tf-data"
  force_destroy = true
  tags          = { team = "blue" }
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = "tmp/"
    }
    expiration {
      days = 30
    }
  }
  rule {
    id     = "versions"
    status = "Enabled"
    filter {
      and {
        prefix = "reports/"
        tags   = { keep = "no" }
      }
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }
  rule {
    id     = "uploads"
    status = "Disabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
  depends_on = [aws_s3_bucket_versioning.data]
}

data "aws_iam_policy_document" "data" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.reader.arn]
    }
  }
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:PutBucketAcl"]
    resources = [aws_s3_bucket.data.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_iam_user" "reader" {
  name = "TfReader"
}

resource "aws_s3_bucket_policy" "data" {
  bucket     = aws_s3_bucket.data.id
  policy     = data.aws_iam_policy_document.data.json
  depends_on = [aws_s3_bucket_public_access_block.data]
}

resource "aws_s3_object" "report" {
  bucket       = aws_s3_bucket.data.id
  key          = "reports/a.txt"
  content      = "power level 9001"
  content_type = "text/plain"
  metadata     = { level = "9001" }
  tags         = { keep = "no" }
  depends_on   = [aws_s3_bucket_versioning.data]
}

resource "aws_s3_object_copy" "copy" {
  bucket = aws_s3_bucket.data.id
  key    = "reports/copy.txt"
  source = "${aws_s3_bucket.data.id}/${aws_s3_object.report.key}"
  # tags go along with a copy: what is not said here would be taken off again
  tags = { keep = "no" }
}

# ---- the old ways: lists, a website, browsers of other origins
resource "aws_s3_bucket" "site" {
  bucket        = "tf-site"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "site" {
  bucket = aws_s3_bucket.site.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "site" {
  bucket = aws_s3_bucket.site.id
  access_control_policy {
    owner {
      id = data.aws_canonical_user_id.own.id
    }
    grant {
      permission = "FULL_CONTROL"
      grantee {
        type = "CanonicalUser"
        id   = data.aws_canonical_user_id.own.id
      }
    }
    grant {
      permission = "READ_ACP"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
  }
  depends_on = [aws_s3_bucket_ownership_controls.site]
}

resource "aws_s3_bucket_cors_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  cors_rule {
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = ["https://example.com"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  index_document {
    suffix = "index.html"
  }
  error_document {
    key = "error.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = "documents/"
    }
  }
}

resource "aws_s3_bucket_request_payment_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  payer  = "Requester"
}

resource "aws_s3_bucket_accelerate_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  status = "Enabled"
}

resource "aws_s3_object" "page" {
  bucket     = aws_s3_bucket.site.id
  key        = "index.html"
  content    = "hello"
  acl        = "authenticated-read"
  depends_on = [aws_s3_bucket_public_access_block.site, aws_s3_bucket_acl.site]
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket = aws_s3_bucket.site.id
}

# ---- elsewhere, and with a list by name
resource "aws_s3_bucket" "west" {
  provider      = aws.west
  bucket_prefix = "tf-west-"
}

resource "aws_s3_bucket_ownership_controls" "west" {
  provider = aws.west
  bucket   = aws_s3_bucket.west.id
  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "west" {
  provider   = aws.west
  bucket     = aws_s3_bucket.west.id
  acl        = "private"
  depends_on = [aws_s3_bucket_ownership_controls.west]
}

# ---- what is read
data "aws_s3_bucket" "data" {
  bucket = aws_s3_bucket.data.id
}

data "aws_s3_bucket" "west" {
  provider = aws.west
  bucket   = aws_s3_bucket.west.id
}

data "aws_s3_object" "report" {
  bucket = aws_s3_bucket.data.id
  key    = aws_s3_object.report.key
}

data "aws_s3_objects" "reports" {
  bucket     = aws_s3_bucket.data.id
  prefix     = "reports/"
  depends_on = [aws_s3_object_copy.copy]
}

data "aws_s3_bucket_policy" "data" {
  bucket     = aws_s3_bucket.data.id
  depends_on = [aws_s3_bucket_policy.data]
}

output "name" { value = aws_s3_bucket.data.id }
output "region" { value = data.aws_s3_bucket.west.region }
output "body" { value = data.aws_s3_object.report.body }
output "keys" { value = data.aws_s3_objects.reports.keys }
