# Quotas: asked for, granted by a server that approves them by itself, and read.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

resource "aws_servicequotas_service_quota" "accounts" {
  service_code = "organizations"
  quota_code   = "L-E619E033"
  value        = 25
}

resource "aws_servicequotas_service_quota" "roles" {
  service_code = "iam"
  quota_code   = "L-FE177D64"
  value        = 2000
}

data "aws_servicequotas_service" "iam" {
  service_name = "AWS Identity and Access Management (IAM)"
}

data "aws_servicequotas_service_quota" "users" {
  service_code = data.aws_servicequotas_service.iam.service_code
  quota_name   = "Users per account"
}

output "users" {
  value = data.aws_servicequotas_service_quota.users.value
}
