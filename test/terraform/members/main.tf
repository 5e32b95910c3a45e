# Accounts of an organisation that is there already: one that is created, one to which a service's administration is delegated.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_organizations_organization" "this" {}

resource "aws_organizations_account" "sandbox" {
  name              = "Sandbox"
  email             = "sandbox@example.com"
  parent_id         = data.aws_organizations_organization.this.roots[0].id
  role_name         = "OrganizationAccountAccessRole"
  close_on_deletion = true
  tags              = { env = "sandbox" }
  lifecycle { ignore_changes = [role_name] }
}

resource "aws_organizations_delegated_administrator" "staging" {
  account_id        = "222222222222"
  service_principal = "access-analyzer.amazonaws.com"
}

data "aws_organizations_delegated_administrators" "all" {
  depends_on = [aws_organizations_delegated_administrator.staging]
}

data "aws_organizations_delegated_services" "staging" {
  account_id = aws_organizations_delegated_administrator.staging.account_id
}

data "aws_organizations_resource_tags" "sandbox" {
  resource_id = aws_organizations_account.sandbox.id
}

output "account" {
  value = aws_organizations_account.sandbox.id
}

output "delegated" {
  value = [for one in data.aws_organizations_delegated_administrators.all.delegated_administrators : one.name]
}
