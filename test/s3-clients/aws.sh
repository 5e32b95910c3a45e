# The AWS CLI: sync, copy, move, stream, list and remove, in a bucket without versions and in one with them.
set -eu
. "$HERE/files.sh"
aws() { "$AWS" --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
for bucket in plain versioned; do
  aws s3 mb "s3://$bucket"
  if [ $bucket = versioned ]; then
    aws s3api put-bucket-versioning --bucket $bucket --versioning-configuration Status=Enabled
  fi
  aws s3 sync files "s3://$bucket/in" --no-progress
  [ -z "$(aws s3 sync files "s3://$bucket/in" --no-progress)" ]
  [ "$(aws s3 ls --recursive "s3://$bucket/in/" | wc -l)" = 4 ]
  aws s3 sync "s3://$bucket/in" "back-$bucket" --no-progress
  diff -r files "back-$bucket"
  aws s3 cp "s3://$bucket/in/large" "s3://$bucket/copy" --no-progress
  aws s3 mv "s3://$bucket/copy" "s3://$bucket/moved" --no-progress
  aws s3 cp "s3://$bucket/moved" - | cmp - files/large
  aws s3 cp - "s3://$bucket/piped" < files/large
  aws s3 cp "s3://$bucket/piped" - | cmp - files/large
  curl -sf "$(aws s3 presign "s3://$bucket/in/small.txt")" | cmp - files/small.txt
  aws s3 rm --recursive "s3://$bucket" --quiet
  [ -z "$(aws s3 ls --recursive "s3://$bucket")" ]
done
aws s3 rb s3://plain
if aws s3 rb s3://versioned 2> refused; then exit 1; fi
grep -q 'You must delete all versions in the bucket' refused
echo done
