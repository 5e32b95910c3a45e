# What people sign in with: passwords, what is asked of them, a second factor, the account's own name.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region      = "us-east-1"
  max_retries = 3
}

resource "aws_iam_account_alias" "this" {
  account_alias = "signed-in"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 24
}

resource "aws_iam_user" "person" {
  name          = "person"
  force_destroy = true
}

resource "aws_iam_user_login_profile" "person" {
  user                    = aws_iam_user.person.name
  password_length         = 20
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.strict]
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  path                    = "/people/"
  tags                    = { team = "a" }
}

data "aws_iam_account_alias" "this" {
  depends_on = [aws_iam_account_alias.this]
}

output "alias" {
  value = data.aws_iam_account_alias.this.account_alias
}

output "phone" {
  value = aws_iam_virtual_mfa_device.phone.arn
}
