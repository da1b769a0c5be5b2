from ipaddress import ip_address, ip_interface, ip_network

from sandbox.cluster.netns import API_SERVICE, FAKE_PODS, NODE, NODE_PREFIX, PODS, SERVICES


def test_no_two_networks_overlap():
    node = ip_interface(f"{NODE}/{NODE_PREFIX}").network
    networks = [node, ip_network(SERVICES), ip_network(PODS), ip_interface(FAKE_PODS).network]
    for number, network in enumerate(networks):
        assert not any(network.overlaps(other) for other in networks[number + 1 :])


def test_the_api_has_the_first_service_address():
    assert ip_address(API_SERVICE) == next(iter(ip_network(SERVICES).hosts()))
