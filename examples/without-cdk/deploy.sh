#!/bin/sh
# Deploys with nothing but credentials: `sh deploy.sh TABLE`, with the name of the table in AWS. For a pipeline, which nobody can ask.
# dynamodt.config.ts has `tables: { Users: {} }`, so the name of the table is a parameter.
set -eu
table=$1

npx dynamodt deploy --diff --parameter UsersTableName="$table"    # for the log
npx dynamodt deploy --parameter UsersTableName="$table"
npx dynamodt up
