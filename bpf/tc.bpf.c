/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#include <stddef.h>
#include "director.h"

SEC("tc")
int weir_tc(struct __sk_buff *ctx)
{

	/* The headers must be linear; a sender's own skb may keep them in a fragment. */
	if (ctx->protocol == bpf_htons(ETH_P_IP) &&
	    context_data(ctx) + sizeof(struct ethhdr) + 60 + sizeof(struct tcphdr) > context_end(ctx)) {
		__u32 most = sizeof(struct ethhdr) + 60 + sizeof(struct tcphdr);

		bpf_skb_pull_data(ctx, ctx->len < most ? ctx->len : most);
	}
	return direct(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
