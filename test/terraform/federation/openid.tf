# An OpenID Connect provider, and a role for its tokens.
resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["ffffffffffffffffffffffffffffffffffffffff"]
  tags            = { team = "platform" }
}

data "aws_iam_openid_connect_provider" "seen" {
  arn = aws_iam_openid_connect_provider.ci.arn
}

data "aws_iam_policy_document" "tokens" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_openid_connect_provider.seen.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:example/app:ref:refs/heads/main"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.tokens.json
}

output "provider" {
  value = aws_iam_openid_connect_provider.ci.arn
}
