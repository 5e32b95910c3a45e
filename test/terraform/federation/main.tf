# A company's own directory, and a role for those whom it names.
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

resource "aws_iam_saml_provider" "company" {
  name                   = "Company"
  saml_metadata_document = file("${path.module}/metadata.xml")
  tags                   = { team = "dev" }
}

data "aws_iam_saml_provider" "company" {
  arn = aws_iam_saml_provider.company.arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithSAML", "sts:TagSession"]
    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_saml_provider.company.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "SAML:aud"
      values   = ["https://signin.aws.amazon.com/saml"]
    }
  }
}

resource "aws_iam_role" "office" {
  name               = "Office"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

output "arn" {
  value = aws_iam_saml_provider.company.arn
}

output "name" {
  value = data.aws_iam_saml_provider.company.name
}

output "valid_until" {
  value = data.aws_iam_saml_provider.company.valid_until
}
