# rclone: sync, check, copy, move, touch, stream, list old versions, clean up, purge.
set -eu
. "$HERE/files.sh"
unset AWS_CA_BUNDLE
export RCLONE_CONFIG="$PWD/rclone.conf" RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1
cat > rclone.conf <<END
[s]
type = s3
provider = Other
env_auth = true
endpoint = $AWS_ENDPOINT_URL
region = us-east-1
chunk_size = 5Mi
upload_cutoff = 6Mi
END
for bucket in plain versioned; do
  "$RCLONE" mkdir s:$bucket
  if [ $bucket = versioned ]; then "$RCLONE" backend versioning s:$bucket Enabled; fi
  "$RCLONE" sync files s:$bucket/in
  "$RCLONE" check files s:$bucket/in
  "$RCLONE" copy s:$bucket/in back-$bucket
  diff -r files back-$bucket
  "$RCLONE" copyto s:$bucket/in/large s:$bucket/in/again
  "$RCLONE" moveto s:$bucket/in/small.txt s:$bucket/in/moved
  "$RCLONE" touch s:$bucket/in/moved
  "$RCLONE" cat s:$bucket/in/again | cmp - files/large
  "$RCLONE" rcat s:$bucket/piped < files/large
  "$RCLONE" cat s:$bucket/piped | cmp - files/large
  [ "$("$RCLONE" lsf -R --files-only s:$bucket | wc -l)" = 6 ]
  "$RCLONE" backend cleanup s:$bucket
  "$RCLONE" deletefile s:$bucket/piped
  if [ $bucket = versioned ]; then
    [ "$("$RCLONE" --s3-versions lsf -R --files-only s:$bucket | wc -l)" -gt 6 ]
  fi
  "$RCLONE" delete s:$bucket
  [ -z "$("$RCLONE" lsf -R s:$bucket)" ]
done
"$RCLONE" purge s:plain
echo done
