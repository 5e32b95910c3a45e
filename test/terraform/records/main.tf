# What IAM keeps of users for other services, and a role that is a service's own.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region      = "us-east-1"
  max_retries = 3
}

resource "aws_iam_user" "carrier" {
  name = "carrier"
}

resource "aws_iam_signing_certificate" "signer" {
  user_name        = aws_iam_user.carrier.name
  certificate_body = file("signer.pem")
}

resource "aws_iam_user_ssh_key" "key" {
  username   = aws_iam_user.carrier.name
  encoding   = "SSH"
  public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDKoajmPTDFPEpUGATg41LKWkptAW2SmE00KAtZVK5bkRL1Jf4ODGOgFxqv55Sz44KEYgT563ZBYve7xLI8ypd6A0G7MMKkadM1jAYYEyLKE+msHeKvsV0aZo1TQyfrw1ELu9V6D+jo6+Vk5xrLvcn+chTabr9RjDrBFrXl3g1mqCEnCyWrzj41J7AJFMy/6wCc7n4SJwHXSFfQevtAylqCOzirC7WLlRP5JyWic3H/I2d+yuNm11eacvmYxBcsuIgcr0oaRkUiI30be2Zw27mz4HtGl56Nm72Yp1wX70lgKMh+d+3WTEDTgjKVG11jhsf4d7vbzgZk76t9Qh0sczML carrier@example.com"
}

resource "aws_iam_service_specific_credential" "git" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.carrier.name
}

resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "team"
  description      = "Scales the team's groups"
}

resource "aws_iam_service_linked_role" "batch" {
  aws_service_name = "batch.amazonaws.com"
}

output "user" {
  value = aws_iam_user.carrier.name
}

output "signer" {
  value = aws_iam_signing_certificate.signer.certificate_id
}
