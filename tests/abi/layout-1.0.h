/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/abi/layout-1.0.h - made by freeze.py when 1.0 was released; never edited */
#define LAYOUT \
    SIZE(pp_slice, 16, 8) \
    AT(pp_slice, p, 0, 0) \
    IS(pp_slice, p, const void *) \
    AT(pp_slice, n, 8, 4) \
    IS(pp_slice, n, size_t) \
    SIZE(pp_key, 48, 32) \
    AT(pp_key, struct_size, 0, 0) \
    IS(pp_key, struct_size, uint32_t) \
    AT(pp_key, type, 4, 4) \
    IS(pp_key, type, uint32_t) \
    AT(pp_key, flags, 8, 8) \
    IS(pp_key, flags, uint32_t) \
    AT(pp_key, reserved, 12, 12) \
    IS(pp_key, reserved, uint32_t) \
    AT(pp_key, name, 16, 16) \
    IS(pp_key, name, const char *) \
    AT(pp_key, def, 24, 20) \
    IS(pp_key, def, const char *) \
    AT(pp_key, range, 32, 24) \
    IS(pp_key, range, const char *) \
    AT(pp_key, help, 40, 28) \
    IS(pp_key, help, const char *) \
    SIZE(pp_probe, 16, 12) \
    AT(pp_probe, struct_size, 0, 0) \
    IS(pp_probe, struct_size, uint32_t) \
    AT(pp_probe, score, 4, 4) \
    IS(pp_probe, score, int32_t) \
    AT(pp_probe, why, 8, 8) \
    IS(pp_probe, why, pp_sink *) \
    SIZE(pp_run, 64, 40) \
    AT(pp_run, struct_size, 0, 0) \
    IS(pp_run, struct_size, uint32_t) \
    AT(pp_run, flags, 4, 4) \
    IS(pp_run, flags, uint32_t) \
    AT(pp_run, argv, 8, 8) \
    IS(pp_run, argv, const char *const *) \
    AT(pp_run, envp, 16, 12) \
    IS(pp_run, envp, const char *const *) \
    AT(pp_run, in, 24, 16) \
    IS(pp_run, in, pp_slice) \
    AT(pp_run, out, 40, 24) \
    IS(pp_run, out, pp_sink *) \
    AT(pp_run, errout, 48, 28) \
    IS(pp_run, errout, pp_sink *) \
    AT(pp_run, netns_fd, 56, 32) \
    IS(pp_run, netns_fd, int32_t) \
    AT(pp_run, timeout_ms, 60, 36) \
    IS(pp_run, timeout_ms, uint32_t) \
    SIZE(pp_host, 112, 60) \
    AT(pp_host, struct_size, 0, 0) \
    IS(pp_host, struct_size, uint32_t) \
    AT(pp_host, abi_major, 4, 4) \
    IS(pp_host, abi_major, uint16_t) \
    AT(pp_host, abi_minor, 6, 6) \
    IS(pp_host, abi_minor, uint16_t) \
    AT(pp_host, core_version, 8, 8) \
    IS(pp_host, core_version, const char *) \
    AT(pp_host, ctx, 16, 12) \
    IS(pp_host, ctx, pp_host_ctx *) \
    AT(pp_host, vlog, 24, 16) \
    IS(pp_host, vlog, void (*)(pp_host_ctx *, uint32_t level, const char *fmt, va_list)) \
    AT(pp_host, vfail, 32, 20) \
    IS(pp_host, vfail, int (*)(pp_err *, int code, int sys_errno, const char *fmt, va_list)) \
    AT(pp_host, cfg_str, 40, 24) \
    IS(pp_host, cfg_str, const char * (*)(const pp_config *, const char *key)) \
    AT(pp_host, cfg_int, 48, 28) \
    IS(pp_host, cfg_int, int64_t (*)(const pp_config *, const char *key)) \
    AT(pp_host, cfg_next, 56, 32) \
    IS(pp_host, cfg_next, const char * (*)(const pp_config *, const char *key, const char *prev)) \
    AT(pp_host, dir, 64, 36) \
    IS(pp_host, dir, const char * (*)(pp_host_ctx *, uint32_t which)) \
    AT(pp_host, put, 72, 40) \
    IS(pp_host, put, int (*)(pp_sink *, const void *, size_t)) \
    AT(pp_host, run, 80, 44) \
    IS(pp_host, run, int (*)(pp_host_ctx *, const pp_run *, int *status, pp_err *)) \
    AT(pp_host, sink_new, 88, 48) \
    IS(pp_host, sink_new, pp_sink * (*)(pp_host_ctx *, size_t max)) \
    AT(pp_host, sink_data, 96, 52) \
    IS(pp_host, sink_data, pp_slice (*)(const pp_sink *)) \
    AT(pp_host, sink_free, 104, 56) \
    IS(pp_host, sink_free, void (*)(pp_sink *)) \
    SIZE(pp_plugin, 104, 64) \
    AT(pp_plugin, magic, 0, 0) \
    IS(pp_plugin, magic, uint32_t) \
    AT(pp_plugin, struct_size, 4, 4) \
    IS(pp_plugin, struct_size, uint32_t) \
    AT(pp_plugin, abi_major, 8, 8) \
    IS(pp_plugin, abi_major, uint16_t) \
    AT(pp_plugin, abi_minor, 10, 10) \
    IS(pp_plugin, abi_minor, uint16_t) \
    AT(pp_plugin, host_minor_min, 12, 12) \
    IS(pp_plugin, host_minor_min, uint16_t) \
    AT(pp_plugin, kind, 14, 14) \
    IS(pp_plugin, kind, uint16_t) \
    AT(pp_plugin, name, 16, 16) \
    IS(pp_plugin, name, const char *) \
    AT(pp_plugin, version, 24, 20) \
    IS(pp_plugin, version, const char *) \
    AT(pp_plugin, summary, 32, 24) \
    IS(pp_plugin, summary, const char *) \
    AT(pp_plugin, license, 40, 28) \
    IS(pp_plugin, license, const char *) \
    AT(pp_plugin, threads, 48, 32) \
    IS(pp_plugin, threads, uint32_t) \
    AT(pp_plugin, flags, 52, 36) \
    IS(pp_plugin, flags, uint32_t) \
    AT(pp_plugin, keys, 56, 40) \
    IS(pp_plugin, keys, const pp_key *const *) \
    AT(pp_plugin, ops, 64, 44) \
    IS(pp_plugin, ops, const void *) \
    AT(pp_plugin, probe, 72, 48) \
    IS(pp_plugin, probe, int (*)(const pp_host *, const pp_config *, pp_probe *, pp_err *)) \
    AT(pp_plugin, open, 80, 52) \
    IS(pp_plugin, open, int (*)(const pp_host *, const pp_config *, void **self, pp_err *)) \
    AT(pp_plugin, close, 88, 56) \
    IS(pp_plugin, close, void (*)(void *self)) \
    AT(pp_plugin, status, 96, 60) \
    IS(pp_plugin, status, int (*)(void *self, pp_sink *json, pp_err *)) \
    SIZE(pp_state_info, 32, 32) \
    AT(pp_state_info, struct_size, 0, 0) \
    IS(pp_state_info, struct_size, uint32_t) \
    AT(pp_state_info, reserved, 4, 4) \
    IS(pp_state_info, reserved, uint32_t) \
    AT(pp_state_info, caps, 8, 8) \
    IS(pp_state_info, caps, uint64_t) \
    AT(pp_state_info, max_key, 16, 16) \
    IS(pp_state_info, max_key, uint64_t) \
    AT(pp_state_info, max_val, 24, 24) \
    IS(pp_state_info, max_val, uint64_t) \
    SIZE(pp_state_ops, 120, 64) \
    AT(pp_state_ops, struct_size, 0, 0) \
    IS(pp_state_ops, struct_size, uint32_t) \
    AT(pp_state_ops, reserved, 4, 4) \
    IS(pp_state_ops, reserved, uint32_t) \
    AT(pp_state_ops, info, 8, 8) \
    IS(pp_state_ops, info, int (*)(void *self, pp_state_info *, pp_err *)) \
    AT(pp_state_ops, begin, 16, 12) \
    IS(pp_state_ops, begin, int (*)(void *self, uint32_t flags, uint32_t timeout_ms, void **txn, pp_err *)) \
    AT(pp_state_ops, get, 24, 16) \
    IS(pp_state_ops, get, int (*)(void *txn, pp_slice key, pp_slice *val, pp_err *)) \
    AT(pp_state_ops, put, 32, 20) \
    IS(pp_state_ops, put, int (*)(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *)) \
    AT(pp_state_ops, del, 40, 24) \
    IS(pp_state_ops, del, int (*)(void *txn, pp_slice key, pp_err *)) \
    AT(pp_state_ops, scan, 48, 28) \
    IS(pp_state_ops, scan, int (*)(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it, pp_err *)) \
    AT(pp_state_ops, next, 56, 32) \
    IS(pp_state_ops, next, int (*)(void *it, pp_slice *key, pp_slice *val, pp_err *)) \
    AT(pp_state_ops, end, 64, 36) \
    IS(pp_state_ops, end, void (*)(void *it)) \
    AT(pp_state_ops, commit, 72, 40) \
    IS(pp_state_ops, commit, int (*)(void *txn, uint32_t flags, pp_err *)) \
    AT(pp_state_ops, abort, 80, 44) \
    IS(pp_state_ops, abort, void (*)(void *txn)) \
    AT(pp_state_ops, generation, 88, 48) \
    IS(pp_state_ops, generation, int (*)(void *self, uint64_t *gen, pp_err *)) \
    AT(pp_state_ops, check, 96, 52) \
    IS(pp_state_ops, check, int (*)(void *self, uint32_t flags, pp_sink *report, pp_err *)) \
    AT(pp_state_ops, compact, 104, 56) \
    IS(pp_state_ops, compact, int (*)(void *self, uint32_t flags, pp_err *)) \
    AT(pp_state_ops, backup, 112, 60) \
    IS(pp_state_ops, backup, int (*)(void *self, int32_t out_fd, uint32_t flags, pp_err *)) \
    SIZE(pp_fw_port, 24, 20) \
    AT(pp_fw_port, struct_size, 0, 0) \
    IS(pp_fw_port, struct_size, uint32_t) \
    AT(pp_fw_port, proto, 4, 4) \
    IS(pp_fw_port, proto, uint16_t) \
    AT(pp_fw_port, host_port, 6, 6) \
    IS(pp_fw_port, host_port, uint16_t) \
    AT(pp_fw_port, container_port, 8, 8) \
    IS(pp_fw_port, container_port, uint16_t) \
    AT(pp_fw_port, count, 10, 10) \
    IS(pp_fw_port, count, uint16_t) \
    AT(pp_fw_port, flags, 12, 12) \
    IS(pp_fw_port, flags, uint32_t) \
    AT(pp_fw_port, host_ip, 16, 16) \
    IS(pp_fw_port, host_ip, const char *) \
    SIZE(pp_fw_addr, 40, 24) \
    AT(pp_fw_addr, struct_size, 0, 0) \
    IS(pp_fw_addr, struct_size, uint32_t) \
    AT(pp_fw_addr, flags, 4, 4) \
    IS(pp_fw_addr, flags, uint32_t) \
    AT(pp_fw_addr, address, 8, 8) \
    IS(pp_fw_addr, address, const char *) \
    AT(pp_fw_addr, subnet, 16, 12) \
    IS(pp_fw_addr, subnet, const char *) \
    AT(pp_fw_addr, net, 24, 16) \
    IS(pp_fw_addr, net, const char *) \
    AT(pp_fw_addr, bridge, 32, 20) \
    IS(pp_fw_addr, bridge, const char *) \
    SIZE(pp_fw_rules, 40, 28) \
    AT(pp_fw_rules, struct_size, 0, 0) \
    IS(pp_fw_rules, struct_size, uint32_t) \
    AT(pp_fw_rules, flags, 4, 4) \
    IS(pp_fw_rules, flags, uint32_t) \
    AT(pp_fw_rules, owner, 8, 8) \
    IS(pp_fw_rules, owner, const char *) \
    AT(pp_fw_rules, addrs, 16, 12) \
    IS(pp_fw_rules, addrs, const pp_fw_addr *const *) \
    AT(pp_fw_rules, ports, 24, 16) \
    IS(pp_fw_rules, ports, const pp_fw_port *const *) \
    AT(pp_fw_rules, n_addrs, 32, 20) \
    IS(pp_fw_rules, n_addrs, uint32_t) \
    AT(pp_fw_rules, n_ports, 36, 24) \
    IS(pp_fw_rules, n_ports, uint32_t) \
    SIZE(pp_fw_net, 40, 28) \
    AT(pp_fw_net, struct_size, 0, 0) \
    IS(pp_fw_net, struct_size, uint32_t) \
    AT(pp_fw_net, flags, 4, 4) \
    IS(pp_fw_net, flags, uint32_t) \
    AT(pp_fw_net, net, 8, 8) \
    IS(pp_fw_net, net, const char *) \
    AT(pp_fw_net, bridge, 16, 12) \
    IS(pp_fw_net, bridge, const char *) \
    AT(pp_fw_net, subnets, 24, 16) \
    IS(pp_fw_net, subnets, const char *const *) \
    AT(pp_fw_net, n_subnets, 32, 20) \
    IS(pp_fw_net, n_subnets, uint32_t) \
    AT(pp_fw_net, reserved, 36, 24) \
    IS(pp_fw_net, reserved, uint32_t) \
    SIZE(pp_fw_all, 32, 24) \
    AT(pp_fw_all, struct_size, 0, 0) \
    IS(pp_fw_all, struct_size, uint32_t) \
    AT(pp_fw_all, flags, 4, 4) \
    IS(pp_fw_all, flags, uint32_t) \
    AT(pp_fw_all, nets, 8, 8) \
    IS(pp_fw_all, nets, const pp_fw_net *const *) \
    AT(pp_fw_all, rules, 16, 12) \
    IS(pp_fw_all, rules, const pp_fw_rules *const *) \
    AT(pp_fw_all, n_nets, 24, 16) \
    IS(pp_fw_all, n_nets, uint32_t) \
    AT(pp_fw_all, n_rules, 28, 20) \
    IS(pp_fw_all, n_rules, uint32_t) \
    SIZE(pp_fw_ops, 72, 40) \
    AT(pp_fw_ops, struct_size, 0, 0) \
    IS(pp_fw_ops, struct_size, uint32_t) \
    AT(pp_fw_ops, reserved, 4, 4) \
    IS(pp_fw_ops, reserved, uint32_t) \
    AT(pp_fw_ops, caps, 8, 8) \
    IS(pp_fw_ops, caps, int (*)(void *self, uint64_t *caps, pp_err *)) \
    AT(pp_fw_ops, net_up, 16, 12) \
    IS(pp_fw_ops, net_up, int (*)(void *self, const pp_fw_net *, pp_err *)) \
    AT(pp_fw_ops, net_down, 24, 16) \
    IS(pp_fw_ops, net_down, int (*)(void *self, const char *net, pp_err *)) \
    AT(pp_fw_ops, apply, 32, 20) \
    IS(pp_fw_ops, apply, int (*)(void *self, const pp_fw_rules *, pp_err *)) \
    AT(pp_fw_ops, remove, 40, 24) \
    IS(pp_fw_ops, remove, int (*)(void *self, const char *owner, pp_err *)) \
    AT(pp_fw_ops, check, 48, 28) \
    IS(pp_fw_ops, check, int (*)(void *self, const pp_fw_rules *, pp_err *)) \
    AT(pp_fw_ops, list, 56, 32) \
    IS(pp_fw_ops, list, int (*)(void *self, pp_sink *owners, pp_err *)) \
    AT(pp_fw_ops, sync, 64, 36) \
    IS(pp_fw_ops, sync, int (*)(void *self, const pp_fw_all *, pp_err *)) \
    SIZE(pp_net_port, 24, 20) \
    AT(pp_net_port, struct_size, 0, 0) \
    IS(pp_net_port, struct_size, uint32_t) \
    AT(pp_net_port, proto, 4, 4) \
    IS(pp_net_port, proto, uint16_t) \
    AT(pp_net_port, host_port, 6, 6) \
    IS(pp_net_port, host_port, uint16_t) \
    AT(pp_net_port, container_port, 8, 8) \
    IS(pp_net_port, container_port, uint16_t) \
    AT(pp_net_port, count, 10, 10) \
    IS(pp_net_port, count, uint16_t) \
    AT(pp_net_port, flags, 12, 12) \
    IS(pp_net_port, flags, uint32_t) \
    AT(pp_net_port, host_ip, 16, 16) \
    IS(pp_net_port, host_ip, const char *) \
    SIZE(pp_net_request, 104, 64) \
    AT(pp_net_request, struct_size, 0, 0) \
    IS(pp_net_request, struct_size, uint32_t) \
    AT(pp_net_request, flags, 4, 4) \
    IS(pp_net_request, flags, uint32_t) \
    AT(pp_net_request, id, 8, 8) \
    IS(pp_net_request, id, const char *) \
    AT(pp_net_request, name, 16, 12) \
    IS(pp_net_request, name, const char *) \
    AT(pp_net_request, net, 24, 16) \
    IS(pp_net_request, net, const char *) \
    AT(pp_net_request, ifname, 32, 20) \
    IS(pp_net_request, ifname, const char *) \
    AT(pp_net_request, netns_path, 40, 24) \
    IS(pp_net_request, netns_path, const char *) \
    AT(pp_net_request, netns_fd, 48, 28) \
    IS(pp_net_request, netns_fd, int32_t) \
    AT(pp_net_request, timeout_ms, 52, 32) \
    IS(pp_net_request, timeout_ms, uint32_t) \
    AT(pp_net_request, ips, 56, 36) \
    IS(pp_net_request, ips, const char *const *) \
    AT(pp_net_request, mac, 64, 40) \
    IS(pp_net_request, mac, const char *) \
    AT(pp_net_request, aliases, 72, 44) \
    IS(pp_net_request, aliases, const char *const *) \
    AT(pp_net_request, args, 80, 48) \
    IS(pp_net_request, args, const char *const *) \
    AT(pp_net_request, ports, 88, 52) \
    IS(pp_net_request, ports, const pp_net_port *const *) \
    AT(pp_net_request, n_ports, 96, 56) \
    IS(pp_net_request, n_ports, uint32_t) \
    AT(pp_net_request, reserved, 100, 60) \
    IS(pp_net_request, reserved, uint32_t) \
    SIZE(pp_net_iface, 32, 20) \
    AT(pp_net_iface, struct_size, 0, 0) \
    IS(pp_net_iface, struct_size, uint32_t) \
    AT(pp_net_iface, mtu, 4, 4) \
    IS(pp_net_iface, mtu, uint32_t) \
    AT(pp_net_iface, name, 8, 8) \
    IS(pp_net_iface, name, const char *) \
    AT(pp_net_iface, mac, 16, 12) \
    IS(pp_net_iface, mac, const char *) \
    AT(pp_net_iface, sandbox, 24, 16) \
    IS(pp_net_iface, sandbox, const char *) \
    SIZE(pp_net_address, 32, 20) \
    AT(pp_net_address, struct_size, 0, 0) \
    IS(pp_net_address, struct_size, uint32_t) \
    AT(pp_net_address, flags, 4, 4) \
    IS(pp_net_address, flags, uint32_t) \
    AT(pp_net_address, ifname, 8, 8) \
    IS(pp_net_address, ifname, const char *) \
    AT(pp_net_address, address, 16, 12) \
    IS(pp_net_address, address, const char *) \
    AT(pp_net_address, gateway, 24, 16) \
    IS(pp_net_address, gateway, const char *) \
    SIZE(pp_net_route, 24, 16) \
    AT(pp_net_route, struct_size, 0, 0) \
    IS(pp_net_route, struct_size, uint32_t) \
    AT(pp_net_route, flags, 4, 4) \
    IS(pp_net_route, flags, uint32_t) \
    AT(pp_net_route, dst, 8, 8) \
    IS(pp_net_route, dst, const char *) \
    AT(pp_net_route, gw, 16, 12) \
    IS(pp_net_route, gw, const char *) \
    SIZE(pp_net_result, 56, 32) \
    AT(pp_net_result, struct_size, 0, 0) \
    IS(pp_net_result, struct_size, uint32_t) \
    AT(pp_net_result, reserved, 4, 4) \
    IS(pp_net_result, reserved, uint32_t) \
    AT(pp_net_result, ctx, 8, 8) \
    IS(pp_net_result, ctx, void *) \
    AT(pp_net_result, iface, 16, 12) \
    IS(pp_net_result, iface, int (*)(void *ctx, const pp_net_iface *)) \
    AT(pp_net_result, address, 24, 16) \
    IS(pp_net_result, address, int (*)(void *ctx, const pp_net_address *)) \
    AT(pp_net_result, route, 32, 20) \
    IS(pp_net_result, route, int (*)(void *ctx, const pp_net_route *)) \
    AT(pp_net_result, dns, 40, 24) \
    IS(pp_net_result, dns, int (*)(void *ctx, uint32_t what, const char *value)) \
    AT(pp_net_result, cookie, 48, 28) \
    IS(pp_net_result, cookie, pp_sink *) \
    SIZE(pp_net_info, 32, 20) \
    AT(pp_net_info, struct_size, 0, 0) \
    IS(pp_net_info, struct_size, uint32_t) \
    AT(pp_net_info, flags, 4, 4) \
    IS(pp_net_info, flags, uint32_t) \
    AT(pp_net_info, name, 8, 8) \
    IS(pp_net_info, name, pp_sink *) \
    AT(pp_net_info, bridge, 16, 12) \
    IS(pp_net_info, bridge, pp_sink *) \
    AT(pp_net_info, json, 24, 16) \
    IS(pp_net_info, json, pp_sink *) \
    SIZE(pp_net_attachment, 24, 16) \
    AT(pp_net_attachment, struct_size, 0, 0) \
    IS(pp_net_attachment, struct_size, uint32_t) \
    AT(pp_net_attachment, reserved, 4, 4) \
    IS(pp_net_attachment, reserved, uint32_t) \
    AT(pp_net_attachment, id, 8, 8) \
    IS(pp_net_attachment, id, const char *) \
    AT(pp_net_attachment, ifname, 16, 12) \
    IS(pp_net_attachment, ifname, const char *) \
    SIZE(pp_net_ops, 72, 40) \
    AT(pp_net_ops, struct_size, 0, 0) \
    IS(pp_net_ops, struct_size, uint32_t) \
    AT(pp_net_ops, reserved, 4, 4) \
    IS(pp_net_ops, reserved, uint32_t) \
    AT(pp_net_ops, caps, 8, 8) \
    IS(pp_net_ops, caps, int (*)(void *self, uint64_t *caps, pp_err *)) \
    AT(pp_net_ops, list, 16, 12) \
    IS(pp_net_ops, list, int (*)(void *self, pp_sink *names, pp_err *)) \
    AT(pp_net_ops, info, 24, 16) \
    IS(pp_net_ops, info, int (*)(void *self, const char *net, pp_net_info *, pp_err *)) \
    AT(pp_net_ops, setup, 32, 20) \
    IS(pp_net_ops, setup, int (*)(void *self, const pp_net_request *, pp_net_result *, pp_err *)) \
    AT(pp_net_ops, teardown, 40, 24) \
    IS(pp_net_ops, teardown, int (*)(void *self, const pp_net_request *, pp_slice cookie, pp_err *)) \
    AT(pp_net_ops, check, 48, 28) \
    IS(pp_net_ops, check, int (*)(void *self, const pp_net_request *, pp_slice cookie, pp_err *)) \
    AT(pp_net_ops, gc, 56, 32) \
    IS(pp_net_ops, gc, int (*)(void *self, const char *net, const pp_net_attachment *const *alive, uint32_t n, pp_err *)) \
    AT(pp_net_ops, status, 64, 36) \
    IS(pp_net_ops, status, int (*)(void *self, const char *net, pp_err *)) \
    VALUE(PP_OK, 0u) \
    VALUE(PP_E_INTERNAL, 1u) \
    VALUE(PP_E_INVAL, 2u) \
    VALUE(PP_E_NOMEM, 3u) \
    VALUE(PP_E_NOTSUP, 4u) \
    VALUE(PP_E_NOTFOUND, 5u) \
    VALUE(PP_E_EXISTS, 6u) \
    VALUE(PP_E_CONFLICT, 7u) \
    VALUE(PP_E_BUSY, 8u) \
    VALUE(PP_E_TIMEOUT, 9u) \
    VALUE(PP_E_CANCELED, 10u) \
    VALUE(PP_E_PERM, 11u) \
    VALUE(PP_E_IO, 12u) \
    VALUE(PP_E_FULL, 13u) \
    VALUE(PP_E_CORRUPT, 14u) \
    VALUE(PP_E_RECOVER, 15u) \
    VALUE(PP_E_DRIFT, 16u) \
    VALUE(PP_E_UNAVAIL, 17u) \
    VALUE(PP_KIND_STATE, 1u) \
    VALUE(PP_KIND_FW, 2u) \
    VALUE(PP_KIND_NET, 3u) \
    VALUE(PP_THREADS_SERIAL, 0u) \
    VALUE(PP_THREADS_PER_INSTANCE, 1u) \
    VALUE(PP_THREADS_PARALLEL, 2u) \
    VALUE(PP_LOG_ERROR, 3u) \
    VALUE(PP_LOG_WARNING, 4u) \
    VALUE(PP_LOG_INFO, 6u) \
    VALUE(PP_LOG_DEBUG, 7u) \
    VALUE(PP_KEY_STRING, 1u) \
    VALUE(PP_KEY_INT, 2u) \
    VALUE(PP_KEY_BOOL, 3u) \
    VALUE(PP_KEY_SIZE, 4u) \
    VALUE(PP_KEY_DURATION, 5u) \
    VALUE(PP_KEY_LIST, 6u) \
    VALUE(PP_KEY_PATH, 7u) \
    VALUE(PP_KEY_ENUM, 8u) \
    VALUE(PP_KEY_REQUIRED, 1u) \
    VALUE(PP_KEY_SECRET, 2u) \
    VALUE(PP_KEY_DEPRECATED, 4u) \
    VALUE(PP_DIR_STATE, 1u) \
    VALUE(PP_DIR_RUN, 2u) \
    VALUE(PP_DIR_CONF, 3u) \
    VALUE(PP_DIR_HELPER, 4u) \
    VALUE(PP_NET_DNS_SERVER, 1u) \
    VALUE(PP_NET_DNS_SEARCH, 2u) \
    VALUE(PP_NET_DNS_OPTION, 3u) \
    VALUE(PP_NET_DNS_DOMAIN, 4u) \
    VALUE(PP_ABI_MAJOR, 1u) \
    VALUE(PP_PLUGIN_MAGIC, 827347024u) \
    VALUE(PP_STATE_DURABLE, 1u) \
    VALUE(PP_STATE_MULTIPROCESS, 2u) \
    VALUE(PP_STATE_RO_CONCURRENT, 4u) \
    VALUE(PP_STATE_GENERATION, 8u) \
    VALUE(PP_STATE_BACKUP, 16u) \
    VALUE(PP_TXN_RW, 1u) \
    VALUE(PP_PUT_NEW, 1u) \
    VALUE(PP_SCAN_REVERSE, 1u) \
    VALUE(PP_COMMIT_NOSYNC, 1u) \
    VALUE(PP_CHECK_QUICK, 1u) \
    VALUE(PP_FW_CAP_FILTER, 1u) \
    VALUE(PP_FW_CAP_MASQUERADE, 2u) \
    VALUE(PP_FW_CAP_PORTS, 4u) \
    VALUE(PP_FW_CAP_ISOLATE, 8u) \
    VALUE(PP_FW_CAP_IPV6, 16u) \
    VALUE(PP_FW_CAP_PORT_RANGES, 32u) \
    VALUE(PP_FW_MASQUERADE, 1u) \
    VALUE(PP_FW_ISOLATE, 2u) \
    VALUE(PP_FW_INTERNAL, 4u) \
    VALUE(PP_NET_CAP_GC, 1u) \
    VALUE(PP_NET_CAP_STATUS, 2u) \
    VALUE(PP_NET_CAP_STATIC_IP, 4u) \
    VALUE(PP_NET_CAP_MAC, 8u) \
    VALUE(PP_NET_DOES_PORTS, 1u) \
    VALUE(PP_NET_DOES_MASQ, 2u) \
    VALUE(PP_NET_DOES_FORWARD, 4u) \
    VALUE(PP_NET_IS_DEFAULT, 8u) \
    VALUE(PP_NET_INTERNAL, 16u) \
    VALUE(PP_NET_ISOLATE, 32u)
