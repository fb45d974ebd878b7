"""The followers' PPO beside that of Stable-Baselines3: same games, same frames, same sizes.

``games`` holds the games, ``ours`` and ``theirs`` let followers learn in them, ``speed`` measures how fast. In the
folder ``tests``, ``python -m reference_ppo`` prints what both learn.
"""
