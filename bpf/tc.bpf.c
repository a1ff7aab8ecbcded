/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 4
#include <stddef.h>
#include "director.h"
#include "pull.h"
#include "start.h"

SEC("tc")
int weir_tc(struct __sk_buff *ctx)
{
	if (ctx->protocol == bpf_htons(ETH_P_IPV6)) {
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_IPV6);
		return WEIR_VERDICT_PASS;
	}
	if (ctx->protocol == bpf_htons(ETH_P_IP))
		pull_headers(ctx);
	return direct(ctx);
}

SEC("tc")
int weir_tc_new(struct __sk_buff *ctx)
{
	return start(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
