/** Where the parts of an Azure cloud are. */
export interface Cloud {
	/** Azure Resource Manager, which is also the audience of its tokens. */
	readonly resourceManager: string;
	/** Microsoft Entra ID. */
	readonly authority: string;
	readonly portal: string;
	readonly storageSuffix: string;
}

/** Source: azure-cli 2.91.0, azure/cli/core/cloud.py, and https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure */
export const clouds = {
	AzureCloud: {
		resourceManager: "https://management.azure.com",
		authority: "https://login.microsoftonline.com",
		portal: "https://portal.azure.com",
		storageSuffix: "core.windows.net",
	},
	AzureUSGovernment: {
		resourceManager: "https://management.usgovcloudapi.net",
		authority: "https://login.microsoftonline.us",
		portal: "https://portal.azure.us",
		storageSuffix: "core.usgovcloudapi.net",
	},
	AzureChinaCloud: {
		resourceManager: "https://management.chinacloudapi.cn",
		authority: "https://login.chinacloudapi.cn",
		portal: "https://portal.azure.cn",
		storageSuffix: "core.chinacloudapi.cn",
	},
} as const satisfies Record<string, Cloud>;

/** The cloud of this name, read without regard to case. */
export function findCloud(name: string): Cloud | undefined {
	return Object.entries(clouds).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
}
