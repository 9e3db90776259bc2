"""Misfortunes by the seed (故障仿真): two real nodes, an unreliable link between them, and a judge.

`nodes` starts a site and a county as processes of their own on database files;
`link` loses, doubles, delays and falsifies what passes; `schedule` draws what
happens, lets it happen and judges what is left on the disks.
"""
