# Identities: who there is, what they may do, and how it is attached to them.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region      = "us-east-1"
  max_retries = 3
  default_tags {
    tags = { managed-by = "terraform" }
  }
}

data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_iam_policy" "read_only" {
  name = "IAMReadOnlyAccess"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["gotham-42"]
    }
  }
}

data "aws_iam_policy_document" "boundary" {
  statement {
    actions   = ["s3:*", "lambda:Get*"]
    resources = ["*"]
  }
  statement {
    effect      = "Deny"
    not_actions = ["s3:*"]
    resources   = ["arn:aws:s3:::*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "tf-boundary"
  path        = "/teams/"
  description = "what nobody goes beyond"
  policy      = data.aws_iam_policy_document.boundary.json
  tags        = { team = "vegeta" }
}

resource "aws_iam_role" "reader" {
  name                  = "tf-reader"
  path                  = "/teams/"
  description           = "reads"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = 7200
  permissions_boundary  = aws_iam_policy.boundary.arn
  force_detach_policies = true
  tags                  = { team = "vegeta" }
}

resource "aws_iam_role_policy" "reader" {
  name = "own"
  role = aws_iam_role.reader.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:Get*", "s3:List*"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "reader" {
  role       = aws_iam_role.reader.name
  policy_arn = data.aws_iam_policy.read_only.arn
}

resource "aws_iam_group" "developers" {
  name = "tf-developers"
  path = "/teams/"
}

resource "aws_iam_group_policy" "developers" {
  name  = "assume"
  group = aws_iam_group.developers.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.reader.arn }]
  })
}

resource "aws_iam_group_policy_attachment" "developers" {
  group      = aws_iam_group.developers.name
  policy_arn = aws_iam_policy.boundary.arn
}

resource "aws_iam_user" "dana" {
  name                 = "tf-dana"
  path                 = "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { team = "dev" }
}

resource "aws_iam_user_policy" "dana" {
  name = "own-keys"
  user = aws_iam_user.dana.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:*AccessKey*", Resource = "arn:aws:iam::*:user/*/$${aws:username}" }]
  })
}

resource "aws_iam_user_policy_attachment" "dana" {
  user       = aws_iam_user.dana.name
  policy_arn = data.aws_iam_policy.read_only.arn
}

resource "aws_iam_group_membership" "developers" {
  name  = "developers"
  group = aws_iam_group.developers.name
  users = [aws_iam_user.dana.name]
}

resource "aws_iam_access_key" "dana" {
  user = aws_iam_user.dana.name
}

output "name" {
  value = aws_iam_role.reader.name
}

resource "aws_iam_role" "instance" {
  name = "tf-instance"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_instance_profile" "instance" {
  name = "tf-instance"
  role = aws_iam_role.instance.name
  tags = { team = "vegeta" }
}
