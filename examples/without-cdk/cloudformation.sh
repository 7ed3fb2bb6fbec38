#!/bin/sh
# Deploys with the AWS CLI: `sh cloudformation.sh BUCKET TABLE`, with a bucket in the region of the stack, and the name of the table in AWS.
# dynamodt.config.ts has `tables: { Users: {} }`, so the name of the table is a parameter.
set -eu
bucket=$1
table=$2

npx dynamodt template
aws s3 sync dynamodt.out/assets "s3://$bucket/dynamodt/"
aws cloudformation deploy --stack-name dynamodt --template-file dynamodt.out/template.json --s3-bucket "$bucket" \
  --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
  --parameter-overrides AssetsBucket="$bucket" AssetsPrefix=dynamodt/ UsersTableName="$table"

# What a pipeline starts then, with {}.
aws cloudformation describe-stacks --stack-name dynamodt --output text \
  --query "Stacks[0].Outputs[?starts_with(OutputKey, 'DynamodtTransformAllArn')].OutputValue"
