# Lambda functions, their versions, aliases and permissions, and the log group they write to.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region      = "us-east-1"
  max_retries = 3
}

data "aws_caller_identity" "self" {}

resource "aws_iam_role" "execution" {
  name = "tf-lambda-execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "basic" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_cloudwatch_log_group" "hello" {
  name              = "/aws/lambda/tf-hello"
  retention_in_days = 14
  tags              = { team = "platform" }
}

resource "aws_cloudwatch_log_stream" "notes" {
  name           = "notes"
  log_group_name = aws_cloudwatch_log_group.hello.name
}

resource "aws_lambda_function" "hello" {
  function_name                  = "tf-hello"
  description                    = "says hello"
  role                           = aws_iam_role.execution.arn
  runtime                        = "nodejs22.x"
  handler                        = "index.handler"
  filename                       = "${path.module}/function.zip"
  source_code_hash               = filebase64sha256("${path.module}/function.zip")
  publish                        = true
  timeout                        = 10
  memory_size                    = 256
  reserved_concurrent_executions = 5
  architectures                  = ["x86_64"]

  environment {
    variables = { PLACE = "terraform" }
  }

  ephemeral_storage {
    size = 1024
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.hello.name
  }

  tags = { team = "platform" }

  depends_on = [aws_iam_role_policy_attachment.basic]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "what runs"
  function_name    = aws_lambda_function.hello.function_name
  function_version = aws_lambda_function.hello.version
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "from-s3"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.hello.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::tf-lambda-uploads"
  source_account = data.aws_caller_identity.self.account_id
}

resource "aws_lambda_permission" "account" {
  statement_id  = "from-account"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "arn:aws:iam::${data.aws_caller_identity.self.account_id}:root" # an id is kept as this, and the provider would replace it
}

resource "aws_lambda_function_event_invoke_config" "hello" {
  function_name                = aws_lambda_function.hello.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 600
  maximum_retry_attempts       = 1
}

resource "aws_lambda_function_recursion_config" "hello" {
  function_name  = aws_lambda_function.hello.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_runtime_management_config" "hello" {
  function_name     = aws_lambda_function.hello.function_name
  update_runtime_on = "FunctionUpdate"
}

resource "aws_lambda_invocation" "once" {
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  input         = jsonencode({ name = "resource" })
}

data "aws_lambda_invocation" "each" {
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  input         = jsonencode({ name = "data" })
}

data "aws_lambda_function" "hello" {
  function_name = aws_lambda_function.hello.function_name
  depends_on    = [aws_lambda_alias.live]
}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_function.hello.function_name
  name          = aws_lambda_alias.live.name
}

data "aws_lambda_functions" "all" {
  depends_on = [aws_lambda_function.hello]
}

data "aws_cloudwatch_log_group" "hello" {
  name = aws_cloudwatch_log_group.hello.name
}

output "name" {
  value = aws_lambda_function.hello.function_name
}

output "said" {
  value = [jsondecode(aws_lambda_invocation.once.result).hello, jsondecode(data.aws_lambda_invocation.each.result).from]
}

output "version" {
  value = data.aws_lambda_alias.live.function_version
}
