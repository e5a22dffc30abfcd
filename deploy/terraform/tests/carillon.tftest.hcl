# terraform test: what the module plans. The provider is a stand-in, so that no call reaches AWS.

mock_provider "aws" {}

variables {
  template_url = "https://artifacts.s3.eu-central-1.amazonaws.com/carillon/1.0.0/template.yaml"
  app_url      = "https://app.example.com"
}

run "only_the_given_parameters_are_sent" {
  command = plan

  assert {
    condition     = aws_cloudformation_stack.carillon.parameters == tomap({ AppUrl = "https://app.example.com" })
    error_message = "A variable that is not set must leave the template's default."
  }
}

run "lists_and_numbers_become_text" {
  command = plan

  variables {
    database                 = "existing"
    database_address         = "db.example.com:5432/app"
    database_resource_id     = "db-EXAMPLE"
    subnet_ids               = ["subnet-0a", "subnet-0b"]
    self_recorded_per_minute = 0
  }

  assert {
    condition     = aws_cloudformation_stack.carillon.parameters["SubnetIds"] == "subnet-0a,subnet-0b"
    error_message = "SubnetIds is a list in CloudFormation's form."
  }

  assert {
    condition     = aws_cloudformation_stack.carillon.parameters["SelfRecordedPerMinute"] == "0"
    error_message = "Zero is a value."
  }
}

run "a_wrong_value_is_refused" {
  command = plan

  variables {
    app_url = "app.example.com"
    size    = "huge"
  }

  expect_failures = [var.app_url, var.size]
}

run "a_wrong_subnet_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-0a", "eni-0b"]
  }

  expect_failures = [var.subnet_ids]
}
