/**
 * Whether a host name is one of Azure's own, which serve TLS by Azure's certificate: those of App Service and its environments,
 * and those that Traffic Manager adds. Lower case, without a trailing dot.
 * Source: https://github.com/Azure/azure-powershell/issues/10162 and recorded responses.
 */
export function isAzureHostName(name: string): boolean {
	return /\.(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn|appserviceenvironment\.(?:net|us|cn)|(?:usgov)?trafficmanager\.net|trafficmanager\.cn)$/.test(
		name,
	);
}
