#!/usr/bin/env python3
# S0 — wire contract that every real client leans on: identity of the initial credentials, request ids, error envelopes per protocol, clock skew, 100-continue, aws-chunked, unknown operations, pagination tokens
import sys, os; sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from common import *
import http.client, urllib.parse, hashlib, datetime, socket, zlib, base64
from botocore.auth import SigV4Auth, S3SigV4Auth; from botocore.awsrequest import AWSRequest; from botocore.credentials import Credentials
import botocore.auth as _a
U = urllib.parse.urlsplit(ENDPOINT); HOST = U.netloc
def raw(method, path, body=b'', headers={}, sign=None, skew=0, creds=(AK, SK, None)):
    h = {'Host': HOST, **headers}
    if sign:
        req = AWSRequest(method, ENDPOINT + path, headers=h, data=body); au = (S3SigV4Auth if sign == 's3' else SigV4Auth)(Credentials(*creds), sign, REGION)
        if skew:
            real = _a.get_current_datetime if hasattr(_a, 'get_current_datetime') else None; now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=skew)
            if real: _a.get_current_datetime = lambda *x, **k: now.replace(tzinfo=None) if not x and not k else now
            try: au.add_auth(req)
            finally:
                if real: _a.get_current_datetime = real
        else: au.add_auth(req)
        h = dict(req.headers.items())
    c = (http.client.HTTPSConnection if U.scheme == 'https' else http.client.HTTPConnection)(U.hostname, U.port, timeout=20); c.request(method, path, body=body, headers=h); r = c.getresponse(); b = r.read(); c.close(); return r.status, {k.lower(): v for k, v in r.getheaders()}, b
FORM = {'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8'}
me = ok('root.identity', client(mgmt, 'sts').get_caller_identity); like('root.is-iam-user', r'^arn:aws:iam::\d{12}:user/', me and me['Arn']); like('root.user-id', '^AIDA[A-Z0-9]{17}$', me and me['UserId']); ok('root.admin', client(mgmt, 'iam').list_users); ok('root.get-user', client(mgmt, 'iam').get_user)
# query protocol
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM, 'sts'); eq('query.status', 200, st); like('query.content-type', '^text/xml', h.get('content-type')); like('query.request-id-header', '^[0-9a-f-]{36}$', h.get('x-amzn-requestid')); like('query.request-id-body', f"<RequestId>{h.get('x-amzn-requestid')}</RequestId>", b); like('query.namespace', r'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">', b); true('query.date', 'date' in h)
st, h, b = raw('GET', '/?Action=GetCallerIdentity&Version=2011-06-15', b'', {}, 'sts'); eq('query.get', 200, st)
st, h, b = raw('POST', '/', b'Action=NoSuchThing&Version=2011-06-15', FORM, 'sts'); eq('query.unknown-action-status', 400, st); like('query.unknown-action', '<Code>InvalidAction</Code>', b); like('query.error-envelope', r'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\s*<Error>\s*<Type>Sender</Type>', b)
st, h, b = raw('POST', '/', b'Action=ListUsers&Version=2010-05-08', FORM, 'iam'); like('query.iam-namespace', r'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"', b)
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM); eq('auth.none-status', 403, st); like('auth.none', 'MissingAuthenticationToken', b)
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM, 'sts', skew=-3600); eq('skew.sts-status', 403, st); like('skew.sts', r'<Code>SignatureDoesNotMatch</Code>.*Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z', b.replace(b'\n', b' '))
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM, 'sts', skew=3600); eq('skew.future-status', 403, st); like('skew.future', 'Signature not yet current', b)
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM, 'sts', skew=-240); eq('skew.within-5-min', 200, st)
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', FORM, 'sts', creds=(AK, SK + 'x', None)); eq('auth.bad-signature-status', 403, st); like('auth.bad-signature', '<Code>SignatureDoesNotMatch</Code>', b)
st, h, b = raw('POST', '/', b'Action=GetCallerIdentity&Version=2011-06-15', {**FORM, 'Authorization': 'AWS4-HMAC-SHA256 Credential=broken'}); like('auth.incomplete', 'IncompleteSignature', b)
# ec2 query
st, h, b = raw('POST', '/', b'Action=DescribeRegions&Version=2016-11-15', FORM, 'ec2'); like('ec2.namespace', 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"', b); like('ec2.request-id', '<requestId>[0-9a-f-]{36}</requestId>', b); st, h, b = raw('POST', '/', b'Action=DescribeInstances&InstanceId.1=i-0123456789abcdef0&Version=2016-11-15', FORM, 'ec2'); like('ec2.error-envelope', r'<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>', b.replace(b'\n', b'')); like('ec2.error-request-id', '<RequestID>', b)
# json 1.1
JT = lambda t: {'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': t}
ensure_org(); st, h, b = raw('POST', '/', b'{}', JT('AWSOrganizationsV20161128.DescribeOrganization'), 'organizations'); eq('json.status', 200, st); like('json.content-type', 'application/x-amz-json-1.1', h.get('content-type')); like('json.request-id', '.{10,}', h.get('x-amzn-requestid'))
st, h, b = raw('POST', '/', b'{"AccountId":"999999999999"}', JT('AWSOrganizationsV20161128.DescribeAccount'), 'organizations'); eq('json.error-status', 400, st); j = json.loads(b or b'{}'); like('json.error-type', 'AccountNotFoundException$', j.get('__type')); true('json.error-message', 'Message' in j or 'message' in j)
st, h, b = raw('POST', '/', b'{}', JT('AWSOrganizationsV20161128.Nope'), 'organizations'); eq('json.unknown-status', 400, st); like('json.unknown', 'UnknownOperationException', b.decode('utf8', 'replace') + h.get('x-amzn-errortype', '')); true('unimplemented-is-not-5xx', st < 500)
st, h, b = raw('POST', '/', b'{', JT('AWSOrganizationsV20161128.ListAccounts'), 'organizations'); like('json.malformed', 'SerializationException', b)
# rest-json
st, h, b = raw('GET', '/2015-03-31/functions/nosuch', b'', {}, 'lambda'); eq('rest-json.status', 404, st); like('rest-json.errortype', '^ResourceNotFoundException', h.get('x-amzn-errortype')); like('rest-json.type-user', '"Type": ?"User"', b); like('rest-json.request-id', '.{10,}', h.get('x-amzn-requestid'))
# s3
bk = f'wire-{RUN}'; s3 = client(mgmt, 's3'); must(s3.create_bucket, Bucket=bk); st, h, b = raw('GET', f'/{bk}?list-type=2', b'', {}, 's3'); eq('s3.status', 200, st); like('s3.namespace', '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">', b); true('s3.request-ids', h.get('x-amz-request-id') and h.get('x-amz-id-2'), h); like('s3.declaration', r'^<\?xml version="1.0" encoding="UTF-8"\?>', b.decode())
st, h, b = raw('GET', f'/{bk}/none', b'', {}, 's3'); eq('s3.error-status', 404, st); like('s3.error-envelope', r'<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>none</Key><RequestId>[^<]+</RequestId><HostId>[^<]+</HostId></Error>', b.replace(b'\n', b'')); st, h, b = raw('HEAD', f'/{bk}/none', b'', {}, 's3'); eq('s3.head-status', 404, st); eq('s3.head-no-body', b'', b); true('s3.head-request-id', h.get('x-amz-request-id'))
st, h, b = raw('GET', f'/{bk}', b'', {}, 's3', skew=-3600); eq('skew.s3-status', 403, st); like('skew.s3', '<Code>RequestTimeTooSkewed</Code>.*<MaxAllowedSkewMilliseconds>900000<', b.replace(b'\n', b' ')); st, h, b = raw('GET', f'/{bk}', b'', {}, 's3', skew=-600); eq('skew.s3-within-15-min', 200, st)
st, h, b = raw('HEAD', f'/{bk}', b'', {}, 's3'); eq('s3.head-bucket-region', REGION, h.get('x-amz-bucket-region'))
# Expect: 100-continue over a socket: the body is sent only after the interim answer
def expect(n):
    data = b'x' * 1000; req = AWSRequest('PUT', f'{ENDPOINT}/{bk}/exp', headers={'Host': HOST, 'Content-Length': str(len(data)), 'Expect': '100-continue'}, data=data); S3SigV4Auth(Credentials(AK, SK), 's3', REGION).add_auth(req); s = socket.create_connection((U.hostname, U.port or 80), 10); s.sendall((f'PUT /{bk}/exp HTTP/1.1\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in req.headers.items()) + '\r\n').encode()); s.settimeout(5)
    try: first = s.recv(4096)
    except socket.timeout: return FAIL(n, 'no 100 Continue within 5 s')
    like(n, rb'^HTTP/1.1 100'.decode(), first.decode('latin1')); s.sendall(data); rest = s.recv(65536) if b'200' not in first else first; like(n + '.final', '200', rest.decode('latin1')[:40]); s.close()
expect('expect-100') if U.scheme == 'http' else SKIP('expect-100', 'https')
# aws-chunked with trailing checksum, unsigned payload trailer (what SDKs send over https and to streams)
def chunked(n, crc_ok=True):
    data = b'chunked-body ' * 100; crc = base64.b64encode(zlib.crc32(data if crc_ok else data + b'!').to_bytes(4, 'big')).decode(); body = f'{len(data):x}\r\n'.encode() + data + f'\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n'.encode()
    hd = {'Host': HOST, 'Content-Encoding': 'aws-chunked', 'X-Amz-Decoded-Content-Length': str(len(data)), 'X-Amz-Trailer': 'x-amz-checksum-crc32', 'X-Amz-Content-SHA256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'Content-Length': str(len(body))}; req = AWSRequest('PUT', f'{ENDPOINT}/{bk}/ch', headers=hd, data=body); a = S3SigV4Auth(Credentials(AK, SK), 's3', REGION); a.payload = lambda r: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'; a.add_auth(req); req.headers.replace_header('X-Amz-Content-SHA256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') if 'X-Amz-Content-SHA256' in req.headers else None
    c = http.client.HTTPConnection(U.hostname, U.port, timeout=20); c.request('PUT', f'/{bk}/ch', body=body, headers=dict(req.headers.items())); r = c.getresponse(); return r.status, r.read(), data
if U.scheme == 'http':
    st, b, data = chunked('x'); eq('aws-chunked.status', 200, st); o = ok('aws-chunked.get', s3.get_object, Bucket=bk, Key='ch'); eq('aws-chunked.body-decoded', data, o and o['Body'].read()); true('aws-chunked.encoding-not-kept', not (o or {}).get('ContentEncoding'), (o or {}).get('ContentEncoding')); st, b, _ = chunked('x', False); eq('aws-chunked.bad-trailer-400', 400, st); like('aws-chunked.bad-trailer', 'BadDigest|InvalidRequest|XAmzContentSHA256Mismatch', b)
st, h, b = raw('PUT', f'/{bk}/md5', b'abc', {'Content-MD5': base64.b64encode(b'0' * 16).decode()}, 's3'); eq('content-md5.bad-400', 400, st); like('content-md5.bad', '<Code>BadDigest</Code>', b)
# unusual keys keep their signature and their name
for i, k in enumerate(['a b+c/d&e=f.txt', 'ünï/日本.txt', '~tilde*(x)!\'.txt', 'dir//double/./dot', 'per%20cent']):
    ok(f'key.{i}.put', s3.put_object, Bucket=bk, Key=k, Body=b'k'); ok(f'key.{i}.get', s3.get_object, Bucket=bk, Key=k)
keys = [x['Key'] for x in s3.list_objects_v2(Bucket=bk).get('Contents', [])]; true('key.listed', 'ünï/日本.txt' in keys and 'per%20cent' in keys, keys)
# pagination
for i in range(5): s3.put_object(Bucket=bk, Key=f'page/{i}', Body=b'')
pg = list(s3.get_paginator('list_objects_v2').paginate(Bucket=bk, Prefix='page/', PaginationConfig={'PageSize': 2})); eq('page.s3', [2, 2, 1], [len(p.get('Contents', [])) for p in pg]); i = client(mgmt, 'iam')
for n in range(3): 
    try: i.create_user(UserName=f'pg{n}-{RUN}', Path=f'/pg{RUN}/')
    except ClientError: pass
eq('page.iam', [2, 1], [len(p['Users']) for p in i.get_paginator('list_users').paginate(PathPrefix=f'/pg{RUN}/', PaginationConfig={'PageSize': 2})]); denied('page.iam-bad-marker', 'ValidationError|InvalidInput', i.list_users, Marker='!!!')
for n in range(3): 
    try: i.delete_user(UserName=f'pg{n}-{RUN}')
    except ClientError: pass
# region set in the credential scope
denied('region.scope-global-iam', 'SignatureDoesNotMatch', client(session(), 'iam', region='eu-west-1').list_users) if os.environ.get('STRICT_SCOPE') else SKIP('region.scope-global-iam', 'STRICT_SCOPE unset: AWS refuses an IAM call signed for a region other than us-east-1')
b2 = client(mgmt, 's3', region='us-west-2'); eq('region.s3-cross-region-list', 200, (ok('region.s3-cross-region', b2.list_objects_v2, Bucket=bk) or {'ResponseMetadata': {'HTTPStatusCode': 0}})['ResponseMetadata']['HTTPStatusCode'])
for o in s3.list_objects_v2(Bucket=bk).get('Contents', []): s3.delete_object(Bucket=bk, Key=o['Key'])
ok('delete-bucket', s3.delete_bucket, Bucket=bk)
finish()
