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

data "aws_iam_policy" "read_only" {
  name = "IAMReadOnlyAccess"
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

resource "aws_iam_group" "developers" {
  name = "tf-developers"
  path = "/teams/"
}

resource "aws_iam_group_policy" "developers" {
  name  = "assume"
  group = aws_iam_group.developers.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::*:role/tf-reader" }]
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
    Statement = [{ Effect = "Allow", Action = "iam:*AccessKey*", Resource = "arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.me.account_id}:user/*/$${aws:username}" }]
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
  value = aws_iam_user.dana.name
}
