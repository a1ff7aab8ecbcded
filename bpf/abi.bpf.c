/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No program: an object whose BTF describes everything of abi.h, for the generator of the TypeScript codec. */
#include "abi.h"

struct weir_flow4 abi_flow4;
struct weir_flow6 abi_flow6;
struct weir_connection4 abi_connection4;
struct weir_connection6 abi_connection6;
struct weir_partner4 abi_partner4;
struct weir_partner6 abi_partner6;
struct weir_source abi_source;
struct weir_service_key abi_service_key;
struct weir_template_key abi_template_key;
struct weir_template abi_template;
struct weir_progress abi_progress;
struct weir_service abi_service;
struct weir_cursor abi_cursor;
struct weir_destination abi_destination;
struct weir_load abi_load;
struct weir_counters abi_counters;
struct weir_settings abi_settings;
struct weir_interest abi_interest;
struct weir_interface abi_interface;
struct weir_tap abi_tap;
struct weir_sweep abi_sweep;
struct weir_mend abi_mend;
struct weir_page abi_page;
struct weir_cell abi_cell;
struct weir_locality_key abi_locality_key;
struct weir_locality abi_locality;
struct weir_choice abi_choice;
enum weir_abi abi_version;
enum weir_size abi_size;
enum weir_reason abi_reason;
enum weir_state abi_state;
enum weir_scheduler abi_scheduler;
enum weir_scheduler_flag abi_scheduler_flag;
enum weir_method abi_method;
enum weir_role abi_role;
enum weir_tunnel abi_tunnel;
enum weir_tunnel_checksum abi_tunnel_checksum;
enum weir_connection_flag abi_connection_flag;
enum weir_template_flag abi_template_flag;
enum weir_destination_flag abi_destination_flag;
enum weir_service_flag abi_service_flag;
enum weir_program abi_program;
