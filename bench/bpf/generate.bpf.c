/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A source of live frames (BPF_F_TEST_XDP_LIVE_FRAMES): every run writes the next frame and sends it out of an interface. It writes
 * all of it each time, since the kernel hands out used pages again as they are.
 */
#include "frame.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame_plan);
} plans SEC(".maps");

/* Set before it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} outgoing SEC(".maps");

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct frame_plan *plan;
	__u32 first = 0, *interface;

	plan = bpf_map_lookup_elem(&plans, &first);
	interface = bpf_map_lookup_elem(&outgoing, &first);
	if (!plan || !interface || data + FRAME_BYTES > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	frame_write(plan, data);
	plan->sent++;
	return bpf_redirect(*interface, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
