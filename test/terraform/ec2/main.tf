# Everything of EC2 that is built, as people use it: a key, a profile, groups with their rules, instances, and the data
# sources that find images, types and the default network.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region      = "us-east-1"
  max_retries = 3
  default_tags {
    tags = { stage = "test" }
  }
}

data "aws_availability_zones" "here" {
  state = "available"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_subnet" "first" {
  availability_zone = data.aws_availability_zones.here.names[0]
  default_for_az    = true
}

data "aws_security_group" "default" {
  name   = "default"
  vpc_id = data.aws_vpc.default.id
}

data "aws_security_groups" "ours" {
  filter {
    name   = "group-name"
    values = [aws_security_group.web.name]
  }
}

data "aws_ami" "newest" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "name"
    values = ["al2023-ami-2023*-x86_64"]
  }
}

data "aws_ssm_parameter" "newest" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

data "aws_ec2_instance_type" "micro" {
  instance_type = "t3.micro"
}

data "aws_route_table" "main" {
  vpc_id = data.aws_vpc.default.id
}

data "aws_internet_gateway" "default" {
  filter {
    name   = "attachment.vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_network_acls" "default" {
  vpc_id = data.aws_vpc.default.id
}

resource "aws_key_pair" "ours" {
  key_name   = "ours"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILv+cBknkJlg2wqMTB1dH3yi73Krra6B9kYuKBGk/y9W ours"
}

data "aws_key_pair" "ours" {
  key_name           = aws_key_pair.ours.key_name
  include_public_key = true
}

resource "aws_iam_role" "web" {
  name = "web"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  name = "web"
  role = aws_iam_role.web.name
}

resource "aws_security_group" "web" {
  name        = "web"
  description = "what the world may reach"
  vpc_id      = data.aws_vpc.default.id
  ingress {
    description = "https"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0", "10.0.0.0/8"]
  }
  ingress {
    from_port        = 8
    to_port          = 0
    protocol         = "icmp"
    cidr_blocks      = ["10.0.0.0/8"]
    ipv6_cidr_blocks = ["2001:db8::/32"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  name   = "data"
  vpc_id = data.aws_vpc.default.id
}

resource "aws_vpc_security_group_ingress_rule" "data" {
  security_group_id            = aws_security_group.data.id
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  description                  = "from the web"
}

resource "aws_vpc_security_group_egress_rule" "data" {
  security_group_id = aws_security_group.data.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group_rule" "ssh" {
  type              = "ingress"
  security_group_id = aws_security_group.data.id
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["192.0.2.0/24"]
}

resource "aws_instance" "web" {
  ami                     = data.aws_ami.newest.id
  instance_type           = data.aws_ec2_instance_type.micro.instance_type
  subnet_id               = data.aws_subnet.first.id
  vpc_security_group_ids  = [aws_security_group.web.id]
  key_name                = aws_key_pair.ours.key_name
  iam_instance_profile    = aws_iam_instance_profile.web.name
  user_data               = "#!/bin/sh\necho hello\n"
  disable_api_stop        = false
  disable_api_termination = false
  monitoring              = true
  metadata_options {
    http_tokens            = "required"
    instance_metadata_tags = "enabled"
  }
  root_block_device {
    volume_size = 20
    volume_type = "gp3"
    encrypted   = true
  }
  volume_tags = { of = "web" }
  tags        = { Name = "web", Project = "apollo" }
}

resource "aws_instance" "plain" {
  ami           = data.aws_ssm_parameter.newest.value
  instance_type = "t3.small"
  tags          = { Name = "plain" }
}

data "aws_instance" "web" {
  instance_id = aws_instance.web.id
}

data "aws_instances" "apollo" {
  instance_tags = { Project = aws_instance.web.tags.Project }
}

check "found" {
  assert {
    condition     = data.aws_ami.newest.id == nonsensitive(data.aws_ssm_parameter.newest.value)
    error_message = "the parameter names another image than the list"
  }
  assert {
    condition     = contains(data.aws_instances.apollo.ids, aws_instance.web.id)
    error_message = "the instance is not found by its tag"
  }
}

output "name" {
  value = aws_instance.web.id
}
