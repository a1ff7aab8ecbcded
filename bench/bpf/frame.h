/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frame that all measurements are made with: 64 bytes, Ethernet, IPv4 and TCP without options. Which flow it belongs to is in two
 * 16-bit words: the lower half of an address and a port. */
#ifndef WEIR_BENCH_FRAME_H
#define WEIR_BENCH_FRAME_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define FRAME_BYTES 64

/* Offsets in 16-bit words; of an IPv4 address the lower half. */
#define FRAME_IP_CHECKSUM 12
#define FRAME_TCP_CHECKSUM 25
#define FRAME_SOURCE_ADDRESS 14
#define FRAME_TARGET_ADDRESS 16
#define FRAME_SOURCE_PORT 17
#define FRAME_TARGET_PORT 18

enum frame_order {
	FRAME_IN_TURN = 0,
	FRAME_AT_RANDOM = 1,
};

/* Whose address and port vary from flow to flow. */
enum frame_side {
	FRAME_VARIES_SOURCE = 0,
	FRAME_VARIES_TARGET = 1,
};

/* What is sent. The codec is in bench/packet/plan.ts. */
struct frame_plan {
	__u64 frame[FRAME_BYTES / 8];
	__u32 flows;      /* flows to choose from; 1: the frame as it is */
	__u32 first;      /* number of the first of them */
	__u32 next;       /* in turn: the one that is next, counted from `first`; at random: state of the generator, not 0 */
	__u32 order;      /* enum frame_order */
	__u32 side;       /* enum frame_side */
	__u64 sent;       /* counts frames */
};

/* Marsaglia's xorshift with 13, 17, 5; period 2^32 - 1. */
static __always_inline __u32 frame_random(__u32 state)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static __always_inline __u32 frame_flow(struct frame_plan *plan)
{
	__u32 flow;

	if (plan->order == FRAME_AT_RANDOM) {
		plan->next = frame_random(plan->next);
		return plan->first + (__u32)(((__u64)plan->next * plan->flows) >> 32);
	}
	flow = plan->next;
	plan->next = flow + 1 < plan->flows ? flow + 1 : 0;
	return plan->first + flow;
}

/* RFC 1624, equation 3, for a word that was `from`. */
static __always_inline __u16 frame_checksum(__u16 checksum, __u32 from, __u32 to)
{
	__u32 sum = (__u16)~checksum + (__u16)~from + to;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Flow n has the address of the frame + n % 65,536, and its port + n / 65,536. */
static __always_inline void frame_vary(__u16 *word, int address, int port, __u32 flow)
{
	__u16 from = word[address];

	word[address] = bpf_htons((__u16)(bpf_ntohs(from) + flow));
	word[FRAME_IP_CHECKSUM] = frame_checksum(word[FRAME_IP_CHECKSUM], from, word[address]);
	word[FRAME_TCP_CHECKSUM] = frame_checksum(word[FRAME_TCP_CHECKSUM], from, word[address]);
	from = word[port];
	word[port] = bpf_htons((__u16)(bpf_ntohs(from) + (flow >> 16)));
	word[FRAME_TCP_CHECKSUM] = frame_checksum(word[FRAME_TCP_CHECKSUM], from, word[port]);
}

/* Writes the next frame to `data`, which holds FRAME_BYTES. */
static __always_inline void frame_write(struct frame_plan *plan, void *data)
{
	__u64 *to = data;
	__u32 flow;

#pragma unroll
	for (int i = 0; i < FRAME_BYTES / 8; i++)
		to[i] = plan->frame[i];
	if (plan->flows <= 1 && plan->first == 0)
		return;
	flow = frame_flow(plan);
	if (plan->side == FRAME_VARIES_SOURCE)
		frame_vary(data, FRAME_SOURCE_ADDRESS, FRAME_SOURCE_PORT, flow);
	else
		frame_vary(data, FRAME_TARGET_ADDRESS, FRAME_TARGET_PORT, flow);
}

#endif
