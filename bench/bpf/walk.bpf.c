/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The least that a sweep can do: the kernel walks through a shard of the connection table, and calls a function that does nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Weir's own is put in this place; of what it holds nothing matters here. */
struct shard {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct shard);
} connections4 SEC(".maps");

static long pass_over(void *shard, const void *key, void *entry, void *context)
{
	(void)shard, (void)key, (void)entry, (void)context;
	return 0;
}

/* The number of the shard, as in struct weir_sweep. */
SEC("syscall")
int walk(const __u32 *number)
{
	__u32 index = *number;
	void *entries = bpf_map_lookup_elem(&connections4, &index);

	return entries ? bpf_for_each_map_elem(entries, pass_over, NULL, 0) : -1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
