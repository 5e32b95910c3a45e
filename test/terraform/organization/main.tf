# An organisation from nothing: units, policies that hang on them, what services and other accounts may do in it.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"]
  aws_service_access_principals = ["cloudtrail.amazonaws.com", "iam.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = "Workloads"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = { env = "all" }
}

resource "aws_organizations_organizational_unit" "nonprod" {
  name      = "NonProd"
  parent_id = aws_organizations_organizational_unit.workloads.id
}

data "aws_iam_policy_document" "regions" {
  statement {
    sid         = "Regions"
    effect      = "Deny"
    not_actions = ["iam:*", "sts:*", "organizations:*"]
    resources   = ["*"]
    condition {
      test     = "StringNotEquals"
      variable = "aws:RequestedRegion"
      values   = ["us-east-1"]
    }
  }
}

resource "aws_organizations_policy" "regions" {
  name        = "regions"
  description = "One region"
  type        = "SERVICE_CONTROL_POLICY"
  content     = data.aws_iam_policy_document.regions.json
  tags        = { team = "platform" }
  depends_on  = [aws_organizations_organization.this]
}

resource "aws_organizations_policy" "tags" {
  name       = "tags"
  type       = "TAG_POLICY"
  content    = jsonencode({ tags = { CostCenter = { tag_key = { "@@assign" = "CostCenter" } } } })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy" "inside" {
  name = "inside"
  type = "RESOURCE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = "*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "regions" {
  policy_id = aws_organizations_policy.regions.id
  target_id = aws_organizations_organizational_unit.nonprod.id
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_policy_attachment" "inside" {
  policy_id = aws_organizations_policy.inside.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_resource_policy" "this" {
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Look"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${aws_organizations_organization.this.master_account_id}:root" }
      Action    = "organizations:Describe*"
      Resource  = "*"
    }]
  })
}

resource "aws_iam_organizations_features" "this" {
  enabled_features = ["RootCredentialsManagement", "RootSessions"]
  depends_on       = [aws_organizations_organization.this]
}

data "aws_organizations_organization" "seen" {
  depends_on = [aws_organizations_organization.this]
}

data "aws_organizations_organizational_units" "under" {
  parent_id  = aws_organizations_organization.this.roots[0].id
  depends_on = [aws_organizations_organizational_unit.workloads]
}

data "aws_organizations_policies" "scps" {
  filter     = "SERVICE_CONTROL_POLICY"
  depends_on = [aws_organizations_policy.regions]
}

data "aws_organizations_policies_for_target" "nonprod" {
  target_id  = aws_organizations_organizational_unit.nonprod.id
  filter     = "SERVICE_CONTROL_POLICY"
  depends_on = [aws_organizations_policy_attachment.regions]
}

output "policy" {
  value = aws_organizations_policy.regions.id
}

output "seen" {
  value = data.aws_organizations_organization.seen.id
}

output "units" {
  value = length(data.aws_organizations_organizational_units.under.children)
}

output "policies" {
  value = [length(data.aws_organizations_policies.scps.ids), length(data.aws_organizations_policies_for_target.nonprod.ids)]
}
