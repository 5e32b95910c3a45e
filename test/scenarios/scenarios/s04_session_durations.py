#!/usr/bin/env python3
# S4 — session durations: default 1 h, up to 12 h, minimum 900, chaining max 1 h; GetSessionToken / GetFederationToken ranges
import sys, os; sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from common import *
import datetime
ensure_org(); DEV, STG = account('Development', os.environ.get('DEV_ID')), account('Staging', os.environ.get('STAGING_ID')); dev, stg = enter(DEV), enter(STG)
iam = client(stg, 'iam'); T = trust(f'arn:aws:iam::{DEV}:root')
ensure_role(stg, 'Default1h', T); ensure_role(stg, 'Long12h', T, MaxSessionDuration=43200); ensure_role(stg, 'Chained12h', trust(f'arn:aws:iam::{STG}:role/Long12h'), MaxSessionDuration=43200)
iam.put_role_policy(RoleName='Long12h', PolicyName='p', PolicyDocument=policy({'Action': 'sts:AssumeRole', 'Resource': f'arn:aws:iam::{STG}:role/Chained12h'}))
iam.put_role_policy(RoleName='Chained12h', PolicyName='p', PolicyDocument=policy({'Action': 'iam:ListUsers', 'Resource': '*'}))
u = user(dev, 'durandal', {'Action': 'sts:AssumeRole', 'Resource': f'arn:aws:iam::{STG}:role/*'}, {'Action': ['sts:GetFederationToken', 'sts:GetAccessKeyInfo'], 'Resource': '*'}, {'Action': ['s3:ListAllMyBuckets', 'iam:ListUsers'], 'Resource': '*'})
sts = client(u, 'sts'); raw = client(u, 'sts', parameter_validation=False)      # raw: lets out-of-range values reach the server
def secs(c): return round((c['Expiration'] - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
def dur(n, want, role, **k):
    r = ok(n, sts.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/{role}', RoleSessionName='dur', **k)
    if r: true(n + '.expiration', want - 20 <= secs(r['Credentials']) <= want + 5, f'{secs(r["Credentials"])}s'); return r['Credentials']
eq('role.default-max', 3600, iam.get_role(RoleName='Default1h')['Role'].get('MaxSessionDuration')); eq('role.max-12h', 43200, iam.get_role(RoleName='Long12h')['Role'].get('MaxSessionDuration'))
dur('default', 3600, 'Default1h'); dur('default-on-12h-role', 3600, 'Long12h'); dur('min-900', 900, 'Default1h', DurationSeconds=900); c12 = dur('12h', 43200, 'Long12h', DurationSeconds=43200)
R = dict(RoleSessionName='dur')
denied('over-role-max', 'ValidationError', sts.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', DurationSeconds=3601, msg='The requested DurationSeconds exceeds the MaxSessionDuration set for this role', status=400, **R)
denied('over-12h', 'ValidationError', raw.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Long12h', DurationSeconds=43201, msg="Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200", **R)
denied('under-900', 'ValidationError', raw.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Long12h', DurationSeconds=899, msg="Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900", **R)
try: sts.assume_role(RoleArn=f'arn:aws:iam::{STG}:role/Long12h', DurationSeconds=899, **R); FAIL('under-900.client-side')
except Exception as e: like('under-900.client-side', 'valid min value: 900', e)
denied('role.max-too-big', 'ValidationError', client(stg, 'iam', parameter_validation=False).update_role, RoleName='Default1h', MaxSessionDuration=43201)
denied('role.max-too-small', 'ValidationError', client(stg, 'iam', parameter_validation=False).update_role, RoleName='Default1h', MaxSessionDuration=3599)
ok('role.raise-max', iam.update_role, RoleName='Default1h', MaxSessionDuration=7200); dur('raised-7200', 7200, 'Default1h', DurationSeconds=7200); ok('role.lower-max', iam.update_role, RoleName='Default1h', MaxSessionDuration=3600)
# chaining
if c12:
    ch = client(from_creds(c12), 'sts'); A = f'arn:aws:iam::{STG}:role/Chained12h'
    r = ok('chain.default', ch.assume_role, RoleArn=A, **R); r and true('chain.default.expiration', 3580 <= secs(r['Credentials']) <= 3605, secs(r['Credentials']))
    ok('chain.3600', ch.assume_role, RoleArn=A, DurationSeconds=3600, **R)
    denied('chain.over-1h', 'ValidationError', ch.assume_role, RoleArn=A, DurationSeconds=3601, msg='The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining', **R)
    if r: ok('chain.works', client(from_creds(r['Credentials']), 'iam').list_users); like('chain.identity', f'assumed-role/Chained12h/dur$', client(from_creds(r['Credentials']), 'sts').get_caller_identity()['Arn'])
    denied('chain.get-session-token-refused', 'AccessDenied', ch.get_session_token, msg='Cannot call GetSessionToken with session credentials')
# GetSessionToken / GetFederationToken
g = ok('gst.default', sts.get_session_token); g and true('gst.default-12h', 43180 <= secs(g['Credentials']) <= 43205, secs(g['Credentials']))
g = ok('gst.36h', sts.get_session_token, DurationSeconds=129600); g and true('gst.36h.expiration', 129580 <= secs(g['Credentials']) <= 129605, secs(g['Credentials']))
denied('gst.over-36h', 'ValidationError', raw.get_session_token, DurationSeconds=129601)
if g:
    gs = from_creds(g['Credentials']); like('gst.identity', f'^arn:aws:iam::{DEV}:user/durandal$', client(gs, 'sts').get_caller_identity()['Arn'])
    denied('gst.no-iam-without-mfa', 'InvalidClientTokenId|AccessDenied', client(gs, 'iam').list_users); ok('gst.s3-works', client(gs, 's3').list_buckets); ok('gst.can-assume', client(gs, 'sts').assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', **R)
f = ok('gft', sts.get_federation_token, Name='fed', Policy=policy({'Action': 's3:ListAllMyBuckets', 'Resource': '*'}), DurationSeconds=3600)
if f:
    eq('gft.arn', f'arn:aws:sts::{DEV}:federated-user/fed', f['FederatedUser']['Arn']); fs = from_creds(f['Credentials']); ok('gft.s3', client(fs, 's3').list_buckets)
    denied('gft.no-assume', 'AccessDenied', client(fs, 'sts').assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', **R)
nf = ok('gft.no-policy', sts.get_federation_token, Name='fed2'); nf and denied('gft.no-policy-no-permissions', 'AccessDenied', client(from_creds(nf['Credentials']), 's3').list_buckets)
# malformed input
denied('bad-session-name', 'ValidationError', raw.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', RoleSessionName='sp ace', msg='roleSessionName'); denied('bad-role-arn', 'ValidationError', raw.assume_role, RoleArn='notanarnnotanarnnotanarn', RoleSessionName='xx', msg='is invalid')
denied('malformed-session-policy', 'MalformedPolicyDocument', sts.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', RoleSessionName='xx', Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}')
denied('packed-policy-too-large', 'PackedPolicyTooLarge|ValidationError', raw.assume_role, RoleArn=f'arn:aws:iam::{STG}:role/Default1h', RoleSessionName='xx', Policy=policy({'Action': [f's3:Get{i}Thing{os.urandom(6).hex()}' for i in range(120)], 'Resource': '*'}))
k = ok('get-access-key-info', sts.get_access_key_info, AccessKeyId=u.get_credentials().access_key); eq('get-access-key-info.account', DEV, k and k['Account'])
finish()
