// Texts of the lists of hosts.

export type Words = Readonly<Record<string, string>>;
