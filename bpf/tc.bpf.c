/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 4
#include <stddef.h>
#include "call/call_out.h"
#include "director.h"
#include "forward/bypass.h"
#include "forward/carry_full_nat.h"
#include "forward/follow.h"
#include "forward/source.h"
#include "fragment/cut.h"
#include "fragment/reassemble.h"
#include "icmp/error.h"
#include "icmp/translate.h"
#include "icmp/tunnel_error.h"
#include "options/options.h"
#include "own/deliver.h"
#include "own/own.h"
#include "parse/pull.h"
#include "start.h"

#define VLAN_NUMBER 0xfff

/* A tag of VLAN 0 gives a frame a priority alone (IEEE 802.1Q section 6.9), and the stack takes it off; what leaves has none either. */
static __always_inline void take_priority_tag_off(struct __sk_buff *ctx)
{
	if (ctx->vlan_present && !(ctx->vlan_tci & VLAN_NUMBER))
		bpf_skb_vlan_pop(ctx);
}

SEC("tc")
int weir_tc(struct __sk_buff *ctx)
{
	take_priority_tag_off(ctx);
	if (ctx->protocol == bpf_htons(ETH_P_IPV6)) {
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_IPV6);
		return WEIR_VERDICT_PASS;
	}
	if (ctx->protocol == bpf_htons(ETH_P_IP))
		pull_headers(ctx);
	return direct(ctx, 0);
}

#if !defined(WEIR_EXPLAIN)
/* What comes in by the loopback. It belongs to weir_tc, which NICs meet without a step in between. */
SEC("tc")
int weir_tc_own(struct __sk_buff *ctx)
{
	if (!is_delivered(ctx))
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_IPV4);
	return WEIR_VERDICT_PASS;
}

/* What leaves by a NIC. What is forwarded has come in somewhere, and goes on at once. */
SEC("tc")
int weir_tc_out(struct __sk_buff *ctx)
{
	if (ctx->ingress_ifindex)
		return WEIR_VERDICT_PASS;
	if (ctx->protocol == bpf_htons(ETH_P_IP))
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_OUT);
	else if (ctx->protocol == bpf_htons(ETH_P_IPV6))
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_OUT6);
	return WEIR_VERDICT_PASS;
}

SEC("tc")
int weir_tc_outward(struct __sk_buff *ctx)
{
	return look_outward(ctx);
}
#endif

SEC("tc")
int weir_tc_settle(struct __sk_buff *ctx)
{
	return settle(ctx);
}

SEC("tc")
int weir_tc_new(struct __sk_buff *ctx)
{
	return start(ctx);
}

SEC("tc")
int weir_tc_again(struct __sk_buff *ctx)
{
	pull_headers(ctx);
	return direct(ctx, 1);
}

SEC("tc")
int weir_tc_tell(struct __sk_buff *ctx)
{
	return tell_by_icmp(ctx);
}

SEC("tc")
int weir_tc_cut(struct __sk_buff *ctx)
{
	return cut_and_send(ctx);
}

SEC("tc")
int weir_tc_reassemble(struct __sk_buff *ctx)
{
	return reassemble(ctx);
}

SEC("tc")
int weir_tc_seal(struct __sk_buff *ctx)
{
	return seal(ctx);
}

SEC("tc")
int weir_tc_icmp(struct __sk_buff *ctx)
{
	return translate_icmp(ctx);
}

SEC("tc")
int weir_tc_tunnel_error(struct __sk_buff *ctx)
{
	return translate_tunnel_error(ctx);
}

SEC("tc")
int weir_tc_options(struct __sk_buff *ctx)
{
	return heed_options(ctx);
}

SEC("tc")
int weir_tc_call(struct __sk_buff *ctx)
{
	return read_call(ctx);
}

SEC("tc")
int weir_tc_bypass(struct __sk_buff *ctx)
{
	return bypass(ctx);
}

SEC("tc")
int weir_tc_source(struct __sk_buff *ctx)
{
	return start_full_nat(ctx);
}

SEC("tc")
int weir_tc_full_nat(struct __sk_buff *ctx)
{
	return carry_full_nat(ctx);
}

SEC("tc")
int weir_tc_follow(struct __sk_buff *ctx)
{
	return follow(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
