/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 6
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
#include "options/options.h"
#include "own/own.h"
#include "parse/pull.h"
#include "start.h"

SEC("tc")
int weir_tc6(struct __sk_buff *ctx)
{
	pull_headers(ctx);
	return direct(ctx, 0);
}

#if !defined(WEIR_EXPLAIN)
SEC("tc")
int weir_tc6_outward(struct __sk_buff *ctx)
{
	return look_outward(ctx);
}
#endif

SEC("tc")
int weir_tc6_settle(struct __sk_buff *ctx)
{
	return settle(ctx);
}

SEC("tc")
int weir_tc6_new(struct __sk_buff *ctx)
{
	return start(ctx);
}

SEC("tc")
int weir_tc6_again(struct __sk_buff *ctx)
{
	pull_headers(ctx);
	return direct(ctx, 1);
}

SEC("tc")
int weir_tc6_tell(struct __sk_buff *ctx)
{
	return tell_by_icmp(ctx);
}

SEC("tc")
int weir_tc6_cut(struct __sk_buff *ctx)
{
	return cut_and_send(ctx);
}

SEC("tc")
int weir_tc6_reassemble(struct __sk_buff *ctx)
{
	return reassemble(ctx);
}

SEC("tc")
int weir_tc6_seal(struct __sk_buff *ctx)
{
	return seal(ctx);
}

SEC("tc")
int weir_tc6_icmp(struct __sk_buff *ctx)
{
	return translate_icmp(ctx);
}

SEC("tc")
int weir_tc6_options(struct __sk_buff *ctx)
{
	return heed_options(ctx);
}

SEC("tc")
int weir_tc6_call(struct __sk_buff *ctx)
{
	return read_call(ctx);
}

SEC("tc")
int weir_tc6_bypass(struct __sk_buff *ctx)
{
	return bypass(ctx);
}

SEC("tc")
int weir_tc6_source(struct __sk_buff *ctx)
{
	return start_full_nat(ctx);
}

SEC("tc")
int weir_tc6_full_nat(struct __sk_buff *ctx)
{
	return carry_full_nat(ctx);
}

SEC("tc")
int weir_tc6_follow(struct __sk_buff *ctx)
{
	return follow(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
