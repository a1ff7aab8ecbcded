/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One source, two contexts. The entry file defines WEIR_XDP or WEIR_TC before it includes this; everything else speaks of a
 * `struct weir_context` and the functions below.
 */
#ifndef WEIR_CONTEXT_H
#define WEIR_CONTEXT_H

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "explain/explain.h"

/*
 * Begin and end of the packet. Assembly, because the compiler likes to keep the address of a context field in a register, and
 * the verifier takes a context pointer only as it came.
 */
#define CONTEXT_FIELD(ctx, type, field)                                                                       \
	({                                                                                                    \
		__u64 value;                                                                                  \
		asm volatile("%[value] = *(u32 *)(%[base] + %[offset])"                                       \
			     : [value] "=r"(value)                                                            \
			     : [base] "r"(ctx), [offset] "i"(offsetof(type, field)), "m"(*(const type *)ctx)); \
		(void *)(long)value;                                                                          \
	})

#if defined(WEIR_XDP)
#define weir_context xdp_md
#define weir_programs xdp_programs
#elif defined(WEIR_TC)
#define weir_context __sk_buff
#define weir_programs tc_programs
#else
#error "define WEIR_XDP or WEIR_TC"
#endif

static __always_inline void *context_data(struct weir_context *ctx)
{
	return CONTEXT_FIELD(ctx, struct weir_context, data);
}

static __always_inline void *context_end(struct weir_context *ctx)
{
	return CONTEXT_FIELD(ctx, struct weir_context, data_end);
}

/* Index of the loopback in every network namespace (LOOPBACK_IFINDEX): it is how the kernel's routes name what comes from this host. */
#define LOOPBACK 1

/* Where a packet has come in. On its way out one of this host's own has come in nowhere. A test run can say only where it is. */
static __always_inline __u32 context_interface(struct weir_context *ctx)
{
#if defined(WEIR_EXPLAIN)
	return ctx->ifindex;
#elif defined(WEIR_TC)
	return ctx->ingress_ifindex ? ctx->ingress_ifindex : LOOPBACK;
#else
	return ctx->ingress_ifindex;
#endif
}

#if defined(WEIR_XDP)

/* Netfilter sets marks behind XDP. */
static __always_inline __u32 context_mark(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

/* XDP is on no loopback. */
static __always_inline int context_is_own(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

#define WEIR_VERDICT_PASS XDP_PASS
#define WEIR_VERDICT_DROP XDP_DROP

/* The interface as user space has introduced it, NULL if it runs no XDP of Weir. */
static __always_inline struct weir_interface *context_introduced(__u32 index)
{
	__u32 slot = index & (WEIR_INTERFACE_SLOTS - 1);
	struct weir_interface *interface = bpf_map_lookup_elem(&interfaces, &slot);

	return interface && interface->index == index ? interface : NULL;
}

static __always_inline int context_has_xdp(__u32 index)
{
	return context_introduced(index) != NULL;
}

/*
 * IPVS takes only what is addressed to this host's MAC. Here a promiscuous interface shows frames of others too, among them
 * those that a director has sent to a real server: forwarding them again would be a loop. TC sees what this passes on.
 */
static __always_inline int context_for_us(struct weir_context *ctx, const struct ethhdr *ethernet)
{
	struct weir_interface *interface = context_introduced(ctx->ingress_ifindex);
	const __u16 *own, *target = (const __u16 *)ethernet->h_dest;

	if (!interface)
		return 0;
	own = (const __u16 *)interface->mac;
	return own[0] == target[0] && own[1] == target[1] && own[2] == target[2];
}

static __always_inline int context_load(struct weir_context *ctx, __u32 offset, void *to, __u32 length)
{
	return bpf_xdp_load_bytes(ctx, offset, to, length);
}

static __always_inline int context_store(struct weir_context *ctx, __u32 offset, void *from, __u32 length)
{
	return bpf_xdp_store_bytes(ctx, offset, from, length);
}

/* Length of the whole frame. */
static __always_inline __u32 context_length(struct weir_context *ctx)
{
	return context_end(ctx) - context_data(ctx);
}

/* Cuts the Ethernet padding off; invalidates packet pointers. */
static __always_inline int context_trim(struct weir_context *ctx, __u32 length)
{
	return bpf_xdp_adjust_tail(ctx, (int)length - (int)context_length(ctx));
}

static __always_inline int context_is_super_packet(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

/* Payload of each segment of a super packet. */
static __always_inline __u32 context_segment(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline int context_redirect(struct weir_context *ctx, const struct weir_settings *settings, __u32 interface)
{
	if (interface == ctx->ingress_ifindex && !settings->no_xdp_tx)
		return XDP_TX;
	return bpf_redirect(interface, 0);
}

#else

#define WEIR_VERDICT_PASS TC_ACT_UNSPEC
#define WEIR_VERDICT_DROP TC_ACT_SHOT

#define PACKET_HOST 0

static __always_inline __u32 context_mark(struct weir_context *ctx)
{
	return ctx->mark;
}

/* The packet is one that a program of the director itself has sent. */
static __always_inline int context_is_own(struct weir_context *ctx)
{
	return context_interface(ctx) == LOOPBACK;
}

/* IPVS takes only what is addressed to this host's MAC, and nothing that belongs to a VLAN device above this one. */
static __always_inline int context_for_us(struct weir_context *ctx, const struct ethhdr *ethernet)
{
	(void)ethernet;
	return ctx->pkt_type == PACKET_HOST && !ctx->vlan_present;
}

static __always_inline int context_load(struct weir_context *ctx, __u32 offset, void *to, __u32 length)
{
	return bpf_skb_load_bytes(ctx, offset, to, length);
}

static __always_inline int context_store(struct weir_context *ctx, __u32 offset, void *from, __u32 length)
{
	return bpf_skb_store_bytes(ctx, offset, from, length, 0);
}

static __always_inline __u32 context_length(struct weir_context *ctx)
{
	return ctx->len;
}

static __always_inline int context_trim(struct weir_context *ctx, __u32 length)
{
	return bpf_skb_change_tail(ctx, length, 0);
}

/* A segment that GRO or TSO made of many: no padding, and its IP length may be 0. A guest's have a size, but no number yet. */
static __always_inline int context_is_super_packet(struct weir_context *ctx)
{
	return ctx->gso_size > 0;
}

/* Payload of each segment of a super packet. */
static __always_inline __u32 context_segment(struct weir_context *ctx)
{
	return ctx->gso_size;
}

static __always_inline int context_redirect(struct weir_context *ctx, const struct weir_settings *settings, __u32 interface)
{
	(void)ctx;
	(void)settings;
	explain_leaving(interface);
	return bpf_redirect(interface, 0);
}

#endif

#endif
