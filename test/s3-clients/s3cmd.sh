# s3cmd: sync there and back, copy, move, change headers, list and delete.
set -eu
. "$HERE/files.sh"
host="${AWS_ENDPOINT_URL#http://}"
cat > s3cfg <<END
[default]
access_key = $AWS_ACCESS_KEY_ID
secret_key = $AWS_SECRET_ACCESS_KEY
host_base = $host
host_bucket = $host
use_https = False
bucket_location = us-east-1
multipart_chunk_size_mb = 5
END
s3() { "$S3CMD" -c s3cfg --no-progress "$@"; }
s3 mb s3://plain
s3 sync files/ s3://plain/in/
s3 sync files/ s3://plain/in/ | { ! grep upload: ; }
mkdir back
s3 sync s3://plain/in/ back/
diff -r files back
s3 cp s3://plain/in/large s3://plain/in/again
s3 mv s3://plain/in/small.txt s3://plain/in/moved
s3 modify --add-header=x-amz-meta-colour:blue s3://plain/in/moved
s3 info s3://plain/in/moved | grep 'x-amz-meta-colour: blue'
s3 get s3://plain/in/again again
cmp again files/large
[ "$(s3 ls -r s3://plain/in/ | wc -l)" = 5 ]
s3 put --storage-class=STANDARD_IA files/small.txt s3://plain/cheap
s3 info s3://plain/cheap | grep STANDARD_IA
[ "$(s3 multipart s3://plain | wc -l)" = 2 ]
s3 del -r -f s3://plain/
s3 rb s3://plain
echo done
