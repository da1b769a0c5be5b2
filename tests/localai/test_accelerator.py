from localai.release import Accelerator


def test_settings_name_an_accelerator_as_people_do():
    assert Accelerator("cuda-12") is Accelerator.CUDA_12
    assert f"{Accelerator.L4T_CUDA_13}" == "l4t-cuda-13"
