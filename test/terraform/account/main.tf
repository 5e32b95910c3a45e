# Whom AWS would write to about an account.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

locals {
  contacts = {
    BILLING    = "Accounts payable"
    OPERATIONS = "On call"
    SECURITY   = "CISO"
  }
}

resource "aws_account_alternate_contact" "of" {
  for_each = local.contacts

  alternate_contact_type = each.key
  name                   = "Ada"
  title                  = each.value
  email_address          = "${lower(each.key)}@example.com"
  phone_number           = "+1 555 0100"
}

output "type" {
  value = aws_account_alternate_contact.of["SECURITY"].alternate_contact_type
}
