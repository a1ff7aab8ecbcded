/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The root of a test run that goes over into the program under test with a head room full of rubbish: what is put in front of a packet
 * must be written in every byte.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define POISONED 128
#define RUBBISH 0xa5a5a5a5a5a5a5a5ull

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} under_test SEC(".maps");

SEC("xdp")
int poison_root(struct xdp_md *ctx)
{
	volatile __u64 *words;

	if (bpf_xdp_adjust_head(ctx, -POISONED))
		return XDP_ABORTED;
	words = (void *)(long)ctx->data;
	if ((void *)(long)ctx->data + POISONED > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (int i = 0; i < POISONED / 8; i++)
		words[i] = RUBBISH;
	if (bpf_xdp_adjust_head(ctx, POISONED))
		return XDP_ABORTED;
	bpf_tail_call(ctx, &under_test, 0);
	return XDP_ABORTED;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
