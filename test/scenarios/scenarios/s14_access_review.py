#!/usr/bin/env python3
# S14 — 'regularly review and revoke unused access': credential report, last-used data, access advisor, simulator, Access Analyzer, account authorization details
import sys, os; sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from common import *
import csv, io
ensure_org(); S, D = account('Staging', os.environ.get('STAGING_ID')), account('Development', os.environ.get('DEV_ID')); stg, dev = enter(S), enter(D); iam = client(stg, 'iam')
u = user(stg, f'used{RUN}', {'Action': ['s3:ListAllMyBuckets', 'sts:AssumeRole'], 'Resource': '*'}); user(stg, f'idle{RUN}'); ak = u.get_credentials().access_key
k = ok('key.never-used', iam.get_access_key_last_used, AccessKeyId=ak); eq('key.never-used-service', 'N/A', k and k['AccessKeyLastUsed']['ServiceName']); ok('use', client(u, 's3').list_buckets)
k = ok('key.last-used', iam.get_access_key_last_used, AccessKeyId=ak); eq('key.last-used-service', 's3', k and k['AccessKeyLastUsed']['ServiceName']); eq('key.last-used-region', REGION, k and k['AccessKeyLastUsed']['Region']); true('key.last-used-date', k and 'LastUsedDate' in k['AccessKeyLastUsed'])
ensure_role(stg, f'Idle{RUN}', trust(f'arn:aws:iam::{D}:root')); r = ensure_role(stg, f'Used{RUN}', trust(f'arn:aws:iam::{S}:root')); c = must(assume, u, r['Arn'], 'x1'); client(from_creds(c), 'sts').get_caller_identity()
iam.put_role_policy(RoleName=f'Used{RUN}', PolicyName='p', PolicyDocument=policy({'Action': 's3:ListAllMyBuckets', 'Resource': '*'})); settle(); ok('role.use', client(from_creds(c), 's3').list_buckets)
true('role.last-used', iam.get_role(RoleName=f'Used{RUN}')['Role'].get('RoleLastUsed', {}).get('LastUsedDate')); true('role.idle', not iam.get_role(RoleName=f'Idle{RUN}')['Role'].get('RoleLastUsed', {}).get('LastUsedDate'))
for _ in range(20):
    g = iam.generate_credential_report()
    if g['State'] == 'COMPLETE': break
    time.sleep(1)
cr = ok('credential-report', iam.get_credential_report); rows = list(csv.DictReader(io.StringIO(cr['Content'].decode()))) if cr else []; HD = 'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'
eq('credential-report.header', HD, cr and cr['Content'].decode().splitlines()[0][:len(HD)]); me = [x for x in rows if x['user'] == f'used{RUN}']; eq('credential-report.last-used', 's3', me and me[0]['access_key_1_last_used_service']); true('credential-report.root', any(x['user'] == '<root_account>' for x in rows))
j = ok('access-advisor.generate', iam.generate_service_last_accessed_details, Arn=f'arn:aws:iam::{S}:user/used{RUN}')
for _ in range(20):
    d = j and ok('access-advisor.get', iam.get_service_last_accessed_details, JobId=j['JobId'])
    if not d or d['JobStatus'] != 'IN_PROGRESS': break
    time.sleep(1)
sv = {x['ServiceNamespace']: x for x in (d or {}).get('ServicesLastAccessed', [])}; true('access-advisor.s3', sv.get('s3', {}).get('LastAuthenticated'), list(sv)[:5]); true('access-advisor.sts-listed', 'sts' in sv)
UA = f'arn:aws:iam::{S}:user/used{RUN}'; sim = ok('simulate', iam.simulate_principal_policy, PolicySourceArn=UA, ActionNames=['s3:ListAllMyBuckets', 'ec2:RunInstances']); eq('simulate.decisions', ['allowed', 'implicitDeny'], sim and [x['EvalDecision'] for x in sim['EvaluationResults']])
sim = ok('simulate-custom', iam.simulate_custom_policy, PolicyInputList=[policy({'Action': 's3:*', 'Resource': '*'}, {'Effect': 'Deny', 'Action': 's3:Delete*', 'Resource': '*'})], ActionNames=['s3:GetObject', 's3:DeleteObject', 'ec2:RunInstances']); eq('simulate-custom.decisions', ['allowed', 'explicitDeny', 'implicitDeny'], sim and [x['EvalDecision'] for x in sim['EvaluationResults']])
ck = ok('context-keys', iam.get_context_keys_for_custom_policy, PolicyInputList=[policy({'Action': '*', 'Resource': '*', 'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}})]); eq('context-keys.names', ['aws:MultiFactorAuthPresent'], ck and ck['ContextKeyNames'])
det = ok('authorization-details', lambda: [x for p in iam.get_paginator('get_account_authorization_details').paginate(Filter=['User', 'Role']) for x in p['UserDetailList'] + p['RoleDetailList']]); true('authorization-details.has', det and any(x.get('UserName') == f'used{RUN}' for x in det)); ok('list-policies-granting', iam.list_policies_granting_service_access, Arn=UA, ServiceNamespaces=['s3']); ok('entities-for-policy', iam.list_entities_for_policy, PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')
ok('revoke.deactivate', iam.update_access_key, UserName=f'used{RUN}', AccessKeyId=ak, Status='Inactive'); settle(); denied('revoke.inactive', 'InvalidAccessKeyId', client(u, 's3').list_buckets); ok('revoke.delete-key', iam.delete_access_key, UserName=f'used{RUN}', AccessKeyId=ak); denied('revoke.user-has-policy', 'DeleteConflict', iam.delete_user, UserName=f'used{RUN}')
ok('revoke.delete-policy', iam.delete_user_policy, UserName=f'used{RUN}', PolicyName='p'); ok('revoke.delete-user', iam.delete_user, UserName=f'used{RUN}'); denied('revoke.gone', 'NoSuchEntity', iam.get_user, UserName=f'used{RUN}')
# permissions boundary
pb = ok('boundary.policy', iam.create_policy, PolicyName=f'b{RUN}', PolicyDocument=policy({'Action': 's3:*', 'Resource': '*'})); bu = user(stg, f'bound{RUN}', {'Action': '*', 'Resource': '*'}); ok('boundary.put', iam.put_user_permissions_boundary, UserName=f'bound{RUN}', PermissionsBoundary=pb['Policy']['Arn']); settle(); ok('boundary.inside', client(bu, 's3').list_buckets); denied('boundary.outside', 'AccessDenied', client(bu, 'iam').list_users, msg='because no permissions boundary allows the iam:ListUsers action')
finish()
