# Carillon as a CloudFormation stack: docs/pipelines.md.
# The template stays the only description of its resources. It must be packaged, in S3, in the region of the stack.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "stack_name" {
  type        = string
  description = "The name of the stack. Names of its resources begin with it."
  default     = "carillon"
}

variable "template_url" {
  type        = string
  description = "The address of the packaged template in S3. Another address is another release."
  nullable    = false

  validation {
    condition     = startswith(var.template_url, "https://")
    error_message = "template_url is an https address of S3."
  }
}

variable "stack_role_arn" {
  type        = string
  description = "The role with which CloudFormation changes the stack: StackRoleArn of deploy/role.yaml. Null - your own."
  default     = null
}

variable "tags" {
  type        = map(string)
  description = "Tags of the stack and of its resources."
  default     = {}
}

resource "aws_cloudformation_stack" "carillon" {
  name         = var.stack_name
  template_url = var.template_url
  parameters   = { for name, value in local.parameters : name => tostring(value) if value != null }
  iam_role_arn = var.stack_role_arn
  tags         = var.tags
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"] # the second one for SAM's transform
  on_failure   = "DO_NOTHING"                                 # CloudFormation could not delete the protected database

  timeouts {
    create = "60m"
    update = "60m"
  }

  lifecycle {
    prevent_destroy = true
  }
}

output "stack_id" {
  description = "The ARN of the stack."
  value       = aws_cloudformation_stack.carillon.id
}

output "outputs" {
  description = "The outputs of the stack, such as ApiUrl, OperatorPolicyArn and AlarmTopicArn."
  value       = aws_cloudformation_stack.carillon.outputs
}
