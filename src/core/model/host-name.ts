/**
 * Whether a host name is one of Azure's own, which serve TLS by Azure's certificate: those of App Service and its environments,
 * and those that Traffic Manager adds. Lower case, without a trailing dot.
 * Source: https://github.com/Azure/azure-powershell/issues/10162 and recorded responses.
 */
export function isAzureHostName(name: string): boolean {
	return (
		/\.(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn|appserviceenvironment\.(?:net|us|cn))$/.test(name) ||
		isTrafficManagerName(name)
	);
}

/** In lower case, without a trailing dot. */
export function isTrafficManagerName(name: string): boolean {
	return /\.(?:(?:usgov)?trafficmanager\.net|trafficmanager\.cn)$/.test(name);
}

/** ARM writes names of other scripts in their ASCII form. */
const label = "[a-z\\d_](?:[a-z\\d_-]{0,61}[a-z\\d_])?";
const shape = new RegExp(`^(?:${label}\\.)+[a-z](?:[a-z\\d-]{0,61}[a-z\\d])?$`);

/** Whether that is the full name of one host, in lower case: no address, no wildcard, no trailing dot. */
export function isHostName(name: string): boolean {
	return name.length <= 253 && shape.test(name);
}
