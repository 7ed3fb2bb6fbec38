# `npx dynamodt template`, then `terraform apply`. dynamodt.config.ts has `tables: { Users: {} }`, so the name of the table is a parameter.
variable "artifacts_bucket" {
  description = "A bucket in the region of the service"
  type        = string
}

resource "aws_s3_object" "dynamodt_asset" {
  for_each = fileset("${path.module}/dynamodt.out/assets", "*")
  bucket   = var.artifacts_bucket
  key      = "dynamodt/${each.value}"
  source   = "${path.module}/dynamodt.out/assets/${each.value}"
}

resource "aws_s3_object" "dynamodt_template" {
  bucket = var.artifacts_bucket
  # The hash makes another template another URL.
  key    = "dynamodt/template-${filemd5("${path.module}/dynamodt.out/template.json")}.json"
  source = "${path.module}/dynamodt.out/template.json"
}

resource "aws_cloudformation_stack" "dynamodt" {
  name         = "dynamodt"
  capabilities = ["CAPABILITY_NAMED_IAM"]
  template_url = "https://${var.artifacts_bucket}.s3.amazonaws.com/${aws_s3_object.dynamodt_template.key}"
  parameters = {
    AssetsBucket   = var.artifacts_bucket
    AssetsPrefix   = "dynamodt/"
    UsersTableName = aws_dynamodb_table.users.name
  }
  depends_on = [aws_s3_object.dynamodt_asset]
}
