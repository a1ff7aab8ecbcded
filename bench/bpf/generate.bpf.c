/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A source of live frames (BPF_F_TEST_XDP_LIVE_FRAMES): every run writes the next frame and sends it out of an interface. It writes
 * all of it each time, since the kernel hands out used pages again as they are.
 */
#include "frame.h"
#include "sunk.h"

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

/* For generate_paced. */
struct frame_pace {
	__u64 interval;   /* ns from frame to frame */
	__u64 next;       /* when the next one is due, in ns of the kernel's clock */
	__u64 sunk;       /* frames that had arrived before */
	__u32 most;       /* frames that may be under way */
	__u32 processors;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame_pace);
} paces SEC(".maps");

#define MOST_PROCESSORS 256
/* Frames that are late are made up for, as many as these. */
#define MOST_LATE 640

static __always_inline __u64 frames_arrived(const struct frame_pace *pace)
{
	__u32 first = 0;
	__u64 sum = 0;

	for (__u32 processor = 0; processor < MOST_PROCESSORS && processor < pace->processors; processor++) {
		__u64 *packets = bpf_map_lookup_percpu_elem(&sunk, &first, processor);

		if (packets)
			sum += *packets;
	}
	return sum - pace->sunk;
}

static __always_inline int send_next(struct xdp_md *ctx)
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

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	return send_next(ctx);
}

/* The same at a pace, and with no more frames under way than are allowed: a run for which none is due drops its page. */
SEC("xdp")
int generate_paced(struct xdp_md *ctx)
{
	__u64 now = bpf_ktime_get_ns(), earliest;
	struct frame_pace *pace;
	struct frame_plan *plan;
	__u32 first = 0;

	pace = bpf_map_lookup_elem(&paces, &first);
	plan = bpf_map_lookup_elem(&plans, &first);
	if (!pace || !plan)
		return XDP_ABORTED;
	if (now < pace->next || plan->sent - frames_arrived(pace) >= pace->most)
		return XDP_DROP;
	earliest = now - MOST_LATE * pace->interval;
	pace->next = (pace->next > earliest ? pace->next : earliest) + pace->interval;
	return send_next(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
