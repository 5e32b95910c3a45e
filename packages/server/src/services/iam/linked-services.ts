/**
 * Services with roles of their own: what each role is called and which of AWS's policies it has. UG
 * reference_aws-services-that-work-with-iam; the names are those of the roles that AWS makes.
 */

export interface LinkedService {
  readonly role: string
  /** Under `aws-service-role/`. */
  readonly policy: string
  /** Several may be made, told apart by what the customer puts after the name. */
  readonly suffix?: true
}

export const LINKED_SERVICES: Readonly<Record<string, LinkedService>> = {
  'access-analyzer.amazonaws.com': linked('AccessAnalyzer', 'AccessAnalyzerServiceRolePolicy'),
  'accountdiscovery.ssm.amazonaws.com': linked(
    'AmazonSSM_AccountDiscovery',
    'AWSSystemsManagerAccountDiscoveryServicePolicy',
  ),
  'acm.amazonaws.com': linked('CertificateManager', 'CertificateManagerServiceRolePolicy'),
  'appmesh.amazonaws.com': linked('AppMesh', 'AWSAppMeshServiceRolePolicy'),
  'autoscaling-plans.amazonaws.com': linked(
    'AutoScalingPlans_EC2AutoScaling',
    'AWSAutoScalingPlansEC2AutoScalingPolicy',
  ),
  'autoscaling.amazonaws.com': { ...linked('AutoScaling', 'AutoScalingServiceRolePolicy'), suffix: true },
  'backup.amazonaws.com': linked('Backup', 'AWSBackupServiceLinkedRolePolicyForBackup'),
  'batch.amazonaws.com': linked('Batch', 'BatchServiceRolePolicy'),
  'cassandra.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_CassandraTable',
    'AWSApplicationAutoscalingCassandraTablePolicy',
  ),
  'cks.kms.amazonaws.com': linked(
    'KeyManagementServiceCustomKeyStores',
    'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
  ),
  'cloudtrail.amazonaws.com': linked('CloudTrail', 'CloudTrailServiceRolePolicy'),
  'codestar-notifications.amazonaws.com': linked('CodeStarNotifications', 'AWSCodeStarNotificationsServiceRolePolicy'),
  'config.amazonaws.com': linked('Config', 'AWSConfigServiceRolePolicy'),
  'connect.amazonaws.com': { ...linked('AmazonConnect', 'AmazonConnectServiceLinkedRolePolicy'), suffix: true },
  'custom-resource.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_CustomResource',
    'AWSApplicationAutoScalingCustomResourcePolicy',
  ),
  'dax.amazonaws.com': linked('DAX', 'DAXServiceRolePolicy'),
  'dms-fleet-advisor.amazonaws.com': linked('DMSFleetAdvisor', 'AWSDMSFleetAdvisorServiceRolePolicy'),
  'dms.amazonaws.com': linked('DMSServerless', 'AWSDMSServerlessServiceRolePolicy'),
  'docdb-elastic.amazonaws.com': linked('DocDB-Elastic', 'AmazonDocDB-ElasticServiceRolePolicy'),
  'dynamodb.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_DynamoDBTable',
    'AWSApplicationAutoscalingDynamoDBTablePolicy',
  ),
  'ec2-instance-connect.amazonaws.com': linked('EC2InstanceConnect', 'Ec2InstanceConnectEndpoint'),
  'ec2.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_EC2SpotFleetRequest',
    'AWSApplicationAutoscalingEC2SpotFleetRequestPolicy',
  ),
  'ec2fleet.amazonaws.com': linked('EC2Fleet', 'AWSEC2FleetServiceRolePolicy'),
  'ecr.amazonaws.com': linked('ECRTemplate', 'ECRTemplateServiceRolePolicy'),
  'ecs.amazonaws.com': linked('ECS', 'AmazonECSServiceRolePolicy'),
  'ecs.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_ECSService',
    'AWSApplicationAutoscalingECSServicePolicy',
  ),
  'eks-connector.amazonaws.com': linked('AmazonEKSConnector', 'AmazonEKSConnectorServiceRolePolicy'),
  'eks-fargate.amazonaws.com': linked('AmazonEKSForFargate', 'AmazonEKSForFargateServiceRolePolicy'),
  'eks-nodegroup.amazonaws.com': linked('AmazonEKSNodegroup', 'AWSServiceRoleForAmazonEKSNodegroup'),
  'eks.amazonaws.com': linked('AmazonEKS', 'AmazonEKSServiceRolePolicy'),
  'elasticache.amazonaws.com': linked('ElastiCache', 'ElastiCacheServiceRolePolicy'),
  'elasticbeanstalk.amazonaws.com': linked('ElasticBeanstalk', 'AWSElasticBeanstalkServiceRolePolicy'),
  'elasticfilesystem.amazonaws.com': linked('AmazonElasticFileSystem', 'AmazonElasticFileSystemServiceRolePolicy'),
  'elasticloadbalancing.amazonaws.com': linked('ElasticLoadBalancing', 'AWSElasticLoadBalancingServiceRolePolicy'),
  'elasticmapreduce.amazonaws.com': linked('EMRCleanup', 'AmazonEMRCleanupPolicy'),
  'email.cognito-idp.amazonaws.com': linked('AmazonCognitoIdpEmailService', 'AmazonCognitoIdpEmailServiceRolePolicy'),
  'emr-containers.amazonaws.com': linked('AmazonEMRContainers', 'AmazonEMRContainersServiceRolePolicy'),
  'emrwal.amazonaws.com': linked('EMRWAL', 'EMRDescribeClusterPolicyForEMRWAL'),
  'es.amazonaws.com': linked('AmazonElasticsearchService', 'AmazonElasticsearchServiceRolePolicy'),
  'fis.amazonaws.com': linked('FIS', 'AmazonFISServiceRolePolicy'),
  'fms.amazonaws.com': linked('FMS', 'FMSServiceRolePolicy'),
  'fsx.amazonaws.com': linked('AmazonFSx', 'AmazonFSxServiceRolePolicy'),
  'globalaccelerator.amazonaws.com': linked('GlobalAccelerator', 'AWSGlobalAcceleratorSLRPolicy'),
  'grafana.amazonaws.com': linked('AmazonGrafana', 'AmazonGrafanaServiceLinkedRolePolicy'),
  'guardduty.amazonaws.com': linked('AmazonGuardDuty', 'AmazonGuardDutyServiceRolePolicy'),
  'imagebuilder.amazonaws.com': linked('ImageBuilder', 'AWSServiceRoleForImageBuilder'),
  'inspector.amazonaws.com': linked('AmazonInspector', 'AmazonInspectorServiceRolePolicy'),
  'inspector2.amazonaws.com': linked('AmazonInspector2', 'AmazonInspector2ServiceRolePolicy'),
  'iotmanagedintegrations.amazonaws.com': linked('IoTManagedIntegrations', 'AWSIoTManagedIntegrationsRolePolicy'),
  'kafka.amazonaws.com': linked('Kafka', 'KafkaServiceRolePolicy'),
  'kafkaconnect.amazonaws.com': linked('KafkaConnect', 'KafkaConnectServiceRolePolicy'),
  'lakeformation.amazonaws.com': linked('LakeFormationDataAccess', 'LakeFormationDataAccessServiceRolePolicy'),
  'lambda.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_LambdaConcurrency',
    'AWSApplicationAutoscalingLambdaConcurrencyPolicy',
  ),
  'lex.amazonaws.com': linked('LexBots', 'LexBotPolicy'),
  'lexv2.amazonaws.com': { ...linked('LexV2Bots', 'AmazonLexV2BotPolicy'), suffix: true },
  'lightsail.amazonaws.com': linked('Lightsail', 'LightsailExportAccess'),
  'm2.amazonaws.com': linked('M2', 'AWSM2ServicePolicy'),
  'macie.amazonaws.com': linked('AmazonMacie', 'AmazonMacieServiceRolePolicy'),
  'memorydb.amazonaws.com': linked('MemoryDB', 'MemoryDBServiceRolePolicy'),
  'mq.amazonaws.com': linked('AmazonMQ', 'AmazonMQServiceRolePolicy'),
  'mrk.kms.amazonaws.com': linked(
    'KeyManagementServiceMultiRegionKeys',
    'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  ),
  'network-firewall.amazonaws.com': linked('NetworkFirewall', 'AWSNetworkFirewallServiceRolePolicy'),
  'notifications.amazonaws.com': linked('AwsUserNotifications', 'AWSUserNotificationsServiceLinkedRolePolicy'),
  'observability.aoss.amazonaws.com': linked(
    'AmazonOpenSearchServerless',
    'AmazonOpenSearchServerlessServiceRolePolicy',
  ),
  'opensearchservice.amazonaws.com': linked('AmazonOpenSearchService', 'AmazonOpenSearchServiceRolePolicy'),
  'ops.apigateway.amazonaws.com': linked('APIGateway', 'APIGatewayServiceRolePolicy'),
  'ops.emr-serverless.amazonaws.com': linked('AmazonEMRServerless', 'AmazonEMRServerlessServiceRolePolicy'),
  'opsdatasync.ssm.amazonaws.com': linked('SystemsManagerOpsDataSync', 'AWSSystemsManagerOpsDataSyncServiceRolePolicy'),
  'opsinsights.ssm.amazonaws.com': linked('AmazonSSM_OpsInsights', 'AWSSSMOpsInsightsServiceRolePolicy'),
  'organizations.amazonaws.com': linked('Organizations', 'AWSOrganizationsServiceTrustPolicy'),
  'pullthroughcache.ecr.amazonaws.com': linked('ECRPullThroughCache', 'AWSECRPullThroughCache_ServiceRolePolicy'),
  'ram.amazonaws.com': linked('ResourceAccessManager', 'AWSResourceAccessManagerServiceRolePolicy'),
  'rds.amazonaws.com': linked('RDS', 'AmazonRDSServiceRolePolicy'),
  'rds.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_RDSCluster',
    'AWSApplicationAutoscalingRDSClusterPolicy',
  ),
  'redshift.amazonaws.com': linked('Redshift', 'AmazonRedshiftServiceLinkedRolePolicy'),
  'replication.cassandra.amazonaws.com': linked('KeyspacesReplication', 'KeyspacesReplicationServiceRolePolicy'),
  'replication.dynamodb.amazonaws.com': linked('DynamoDBReplication', 'DynamoDBReplicationServiceRolePolicy'),
  'replication.ecr.amazonaws.com': linked('ECRReplication', 'ECRReplicationServiceRolePolicy'),
  'repository.sync.codeconnections.amazonaws.com': linked('RepositorySync', 'AWSGitSyncServiceRolePolicy'),
  'resource-explorer-2.amazonaws.com': linked('ResourceExplorer', 'AWSResourceExplorerServiceRolePolicy'),
  'rolesanywhere.amazonaws.com': linked('RolesAnywhere', 'AWSRolesAnywhereServicePolicy'),
  's3-outposts.amazonaws.com': linked('S3OnOutposts', 'AWSS3OnOutpostsServiceRolePolicy'),
  'sagemaker.application-autoscaling.amazonaws.com': linked(
    'ApplicationAutoScaling_SageMakerEndpoint',
    'AWSApplicationAutoscalingSageMakerEndpointPolicy',
  ),
  'securityhub.amazonaws.com': linked('SecurityHub', 'AWSSecurityHubServiceRolePolicy'),
  'servicequotas.amazonaws.com': linked('ServiceQuotas', 'ServiceQuotasServiceRolePolicy'),
  'ses.amazonaws.com': linked('AmazonSES', 'AmazonSESServiceRolePolicy'),
  'shield.amazonaws.com': linked('AWSShield', 'AWSShieldServiceRolePolicy'),
  'spot.amazonaws.com': linked('EC2Spot', 'AWSEC2SpotServiceRolePolicy'),
  'spotfleet.amazonaws.com': linked('EC2SpotFleet', 'AWSEC2SpotFleetServiceRolePolicy'),
  'ssm-incidents.amazonaws.com': linked('IncidentManager', 'AWSIncidentManagerServiceRolePolicy'),
  'ssm-quicksetup.amazonaws.com': linked('SSMQuickSetup', 'SSMQuickSetupRolePolicy'),
  'ssm.amazonaws.com': linked('AmazonSSM', 'AmazonSSMServiceRolePolicy'),
  'sso.amazonaws.com': linked('SSO', 'AWSSSOServiceRolePolicy'),
  'support.amazonaws.com': linked('Support', 'AWSSupportServiceRolePolicy'),
  'transitgateway.amazonaws.com': linked('VPCTransitGateway', 'AWSVPCTransitGatewayServiceRolePolicy'),
  'trustedadvisor.amazonaws.com': linked('TrustedAdvisor', 'AWSTrustedAdvisorServiceRolePolicy'),
  'vpcorigin.cloudfront.amazonaws.com': linked('CloudFrontVPCOrigin', 'AWSCloudFrontVPCOriginServiceRolePolicy'),
  'waf-regional.amazonaws.com': linked('WAFRegionalLogging', 'WAFRegionalLoggingServiceRolePolicy'),
  'waf.amazonaws.com': linked('WAFLogging', 'WAFLoggingServiceRolePolicy'),
  'wafv2.amazonaws.com': linked('WAFV2Logging', 'WAFV2LoggingServiceRolePolicy'),
}

function linked(name: string, policy: string): LinkedService {
  return { role: `AWSServiceRoleFor${name}`, policy }
}
