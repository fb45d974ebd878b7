"""What principals with networks share; any plugin may use it, with the extra ``policybench[neural]`` for torch.

``encoder`` makes a vector of observation and context, ``options`` declares the options that go with it, ``device``
says where torch computes, ``initial`` draws first weights from a principal's own stream, and ``state`` makes plain
data of networks and Adam. Only ``device``, ``initial`` and ``state`` import torch. ``policybench.threads`` keeps
small networks from spreading over the cores.
"""
