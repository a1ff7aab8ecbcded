/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_XDP
#define WEIR_FAMILY 4
#include <stddef.h>
#include "director.h"
#include "forward/carry_full_nat.h"
#include "forward/source.h"
#include "start.h"

SEC("xdp")
int weir_xdp(struct xdp_md *ctx)
{
	struct ethhdr *ethernet;

	tap(ctx, ctx->ingress_ifindex);
	ethernet = context_data(ctx);
	if ((void *)(ethernet + 1) <= context_end(ctx) && ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_IPV6);
		return WEIR_VERDICT_PASS;
	}
	return direct(ctx, 0);
}

SEC("xdp")
int weir_xdp_new(struct xdp_md *ctx)
{
	return start(ctx);
}

SEC("xdp")
int weir_xdp_seal(struct xdp_md *ctx)
{
	return seal(ctx);
}

SEC("xdp")
int weir_xdp_source(struct xdp_md *ctx)
{
	return start_full_nat(ctx);
}

SEC("xdp")
int weir_xdp_full_nat(struct xdp_md *ctx)
{
	return carry_full_nat(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
